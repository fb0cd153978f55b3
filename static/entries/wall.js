// Boards on a wall.
import "../js/live.js";
import "../js/wall.js";
