// The inquiry form of the help center.
import "../js/inquiry.js";
