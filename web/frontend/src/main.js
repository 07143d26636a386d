// Every page works without these; they only make some things handier.
import "./main.css";
import { follow } from "./clock.js";
import { keepDraft } from "./draft.js";
import { watchForHiding } from "./hiding.js";
import { keepCounts } from "./counts.js";
import { sendOnce } from "./once.js";
import { offerPush } from "./push.js";

sendOnce();
const draft = keepDraft(document.querySelector("form[data-bozza]"));
watchForHiding(document.querySelector("#nascondi"), draft);
keepCounts(document.querySelector("[data-conteggi]"));
offerPush(document.querySelector("#dispositivo"));
if (document.body.dataset.orologio) follow(document.body.dataset.orologio);
