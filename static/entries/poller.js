// The worker that asks for news.
import "../js/poller.js";
