// Pages before signing in, and public ones.
import "../js/plain.js";
