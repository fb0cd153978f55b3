// A help center in a frame of a customer site.
import "../js/framed.js";
