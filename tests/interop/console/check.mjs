// All parts of the check, in one browser. The last line says what was counted.
import { check, results, start } from "./browser.mjs";
import { hostileWords } from "./hostile_words.mjs";
import { injections } from "./injections.mjs";
import { journey } from "./journey.mjs";
import { lostAnswers } from "./lost_answers.mjs";

const browser = await start();
try {
  await journey(browser);
  await lostAnswers(browser);
  await hostileWords(browser);
  check("the policy had nothing to report in normal use", results.violations.length === 0, results.violations.join("; "));
  check("no dialog of the browser opened", results.dialogs === 0, results.dialogs);
  await injections(browser);
} catch (error) {
  check("the check came to its end", false, error.stack);
}
await browser.close();
console.log(results.failed ? `${results.failed} wrong` : "all right");
process.exit(results.failed ? 1 : 0);
