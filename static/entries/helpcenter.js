// The public help center: everything works without it.
import "../js/helpcenter/menus.js";
import "../js/helpcenter/helpful.js";
import "../js/helpcenter/suggest.js";
import "../js/rows.js";
