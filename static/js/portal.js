/* Starts every behaviour. Each looks for its own data- attribute; without JavaScript the pages work all the same. */

import { autosubmit } from "./autosubmit.js";
import { copyButtons } from "./copy.js";
import { focusSummary } from "./focus.js";
import { keepTyped } from "./keep.js";
import { idle } from "./idle.js";
import { introduction } from "./introduction.js";
import { menus } from "./menus.js";
import { moments } from "./moments.js";
import { sendOnce } from "./once.js";
import { otherPlace } from "./other-place.js";
import { passkeys } from "./passkey.js";
import { passwordRule } from "./password.js";
import { pickAll } from "./pick.js";
import { pickers } from "./picker.js";
import { readCsr } from "./read-csr.js";
import { refresh } from "./refresh.js";
import { reveal } from "./reveal.js";

copyButtons(document);
moments(document);
keepTyped();
autosubmit();
menus();
idle();
introduction();
sendOnce();
readCsr();
passkeys();
passwordRule();
pickers();
pickAll();
reveal();
otherPlace();
focusSummary();
refresh();
