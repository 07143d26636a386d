// Every page works without this file; it only makes some of them handier.
import "./main.css";

// Each listens by itself for its data attributes (data-bs-toggle="dropdown" and so on).
import "bootstrap-italia/dist/plugins/alert.js";
import "bootstrap-italia/dist/plugins/collapse.js";
import "bootstrap-italia/dist/plugins/dropdown.js";
import "bootstrap-italia/dist/plugins/navbar-collapsible.js";

// For style sheets: what only makes sense with JavaScript shows itself when this class is there.
document.documentElement.classList.add("js");
