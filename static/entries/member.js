// Pages of a help center where it matters who is there.
import "../js/login_state.js";
