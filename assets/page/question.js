// A question to a room: the teacher asks it, each page answers, and the answers are shown as bars.

import { judge, read } from "../stage/judge.js";
import { element } from "./element.js";
import { fill } from "./words.js";

/** @import { Asked, GoalStands, Question, RoomQuestion, Tally } from "../browser.js" */

const MOST_CHOICES = 6;
const LONGEST_QUESTION = 300;
const LONGEST_ANSWER = 60;

// The answers, each with its part of all of them.
/** @param {Tally[]} tallies */
export function parts(tallies) {
  const all = tallies.reduce((sum, { count }) => sum + count, 0);
  return tallies.map(({ answer, count }) => ({ answer, count, part: all ? count / all : 0 }));
}

const NEARLY = 0.1; // relative error of an answer that is called near
// The words for the mistakes that judge.js knows.
const MISTAKES = { right: "kind_right", upstream: "kind_local", local: "kind_upstream", path: "kind_add", old: "kind_add",
  before: "kind_add", sum: "kind_sum", sign: "kind_sign", small: "kind_factor", large: "kind_factor" };

// The word for what an answer shows, "" if that is not known.
/** @param {string} answer @param {Pick<Question, "kind" | "numbers" | "slips">} question */
export function mistake(answer, question) {
  const numbers = read(answer);
  if (!numbers) return "";
  const [key] = judge(numbers, question);
  if (key in MISTAKES) return MISTAKES[/** @type {keyof typeof MISTAKES} */ (key)];
  const { numbers: wanted } = question;
  const near = numbers.length === wanted.length
    && numbers.every((each, at) => Math.abs(each - wanted[at]) <= NEARLY * Math.abs(wanted[at]));
  return near ? "kind_near" : "";
}

/**
 * @param {HTMLElement} bar of the room, which contains the question
 * @param {{ ask: (text: string, choices: string[]) => void, step: (asked: Asked) => void,
 *   goal: (goal: GoalStands) => void, reveal: () => void, answer: (number: number, text: string) => void }} act
 */
export function createQuestion(bar, act) {
  // Only while it is shown: a page without a question has one text field, the program.
  const root = element("div", "viz-room-question");
  const asked = element("p", "viz-room-asked", root);
  const form = element("form", "viz-room-answer", root);
  const field = element("input", "", form);
  field.maxLength = LONGEST_ANSWER;
  field.autocomplete = "off";
  const send = element("button", "", form);
  const choices = element("div", "viz-room-choices", root);
  const note = element("p", "", root);
  note.setAttribute("role", "status");
  const bars = element("dl", "viz-room-bars", root);
  const reveal = element("button", "viz-room-first", root);
  const back = element("button", "", root);
  reveal.type = back.type = "button";

  const dialog = element("dialog", "viz-room-dialog viz-room-ask");
  const ready = element("div", "viz-room-ready", dialog); // questions that the page has by itself
  const step = element("button", "", ready);
  const goal = element("button", "", ready);
  step.type = goal.type = "button";
  const draft = element("form", "", dialog);
  const label = element("label", "", draft);
  const labelled = element("span", "", label);
  const text = element("textarea", "", label);
  text.rows = 2;
  text.maxLength = LONGEST_QUESTION;
  text.required = true;
  const hint = element("p", "", draft);
  const options = Array.from({ length: MOST_CHOICES }, () => {
    const option = element("input", "", draft);
    option.maxLength = LONGEST_ANSWER;
    return option;
  });
  const put = element("button", "viz-room-first", draft);
  const close = element("button", "", draft);
  close.type = "button";

  let number = 0; // of the question shown
  let given = ""; // this page's answer to it
  /** @type {Asked | null} */
  let next = null; // what can be asked of the step that comes next
  /** @type {GoalStands | null} */
  let aim = null; // the lesson's goal

  /** @param {string} text */
  function answer(text) {
    given = text.trim();
    if (given) act.answer(number, given);
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); answer(field.value); });
  draft.addEventListener("submit", (event) => {
    event.preventDefault();
    act.ask(text.value, options.map(({ value }) => value.trim()).filter(Boolean));
    dialog.close();
  });
  step.addEventListener("click", () => { if (next) act.step(next); dialog.close(); });
  goal.addEventListener("click", () => { if (aim) act.goal(aim); dialog.close(); });
  reveal.addEventListener("click", () => act.reveal());
  back.addEventListener("click", () => act.ask("", []));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => event.stopPropagation());

  return {
    open() { bar.append(dialog); dialog.showModal(); text.select(); },

    // What the page can ask by itself: at its present step, and about the lesson.
    /** @param {Asked | null} asked @param {GoalStands | null} stands @param {Record<string, string>} words */
    offer(asked, stands, words) {
      [next, aim] = [asked, stands];
      step.hidden = !next;
      step.textContent = next ? fill(words.ask_step, { text: next.text }) : "";
      goal.hidden = !aim;
      goal.textContent = aim ? fill(words.ask_goal, { text: aim.text }) : "";
    },

    /**
     * @param {RoomQuestion | null} question
     * @param {Record<string, string>} words
     * @param {boolean} leads
     * @param {boolean} accepted the server has this page's answer
     * @param {Asked | null} own the page's own question about the step, in its language
     * @param {GoalStands | null} goal of the room's lesson, as it stands on this page
     */
    update(question, words, leads, accepted, own, goal) {
      labelled.textContent = words.question;
      text.value ||= words.question_first;
      hint.textContent = words.choices;
      options.forEach((option, place) => { option.setAttribute("aria-label", fill(words.choice, { number: place + 1 })); });
      put.textContent = words.ask_now;
      close.textContent = words.close;
      if (!question) { root.remove(); return; }
      if (!root.isConnected) bar.append(root);
      if (question.number !== number) {
        number = question.number;
        given = field.value = "";
      }
      const about = question.about ?? "words";
      asked.textContent = (about === "goal" ? goal : own)?.text ?? question.text;
      const open = !question.tallies && !leads;
      form.hidden = !open || question.choices.length > 0 || about === "goal";
      field.setAttribute("aria-label", words.answer);
      send.textContent = words.send;
      choices.hidden = !open || !question.choices.length;
      if (choices.dataset.of !== String(number)) {
        choices.dataset.of = String(number);
        choices.replaceChildren(...question.choices.map((said) => {
          const choice = element("button", "", choices, said);
          choice.type = "button";
          choice.addEventListener("click", () => answer(said));
          return choice;
        }));
      }
      for (const choice of choices.children) choice.setAttribute("aria-pressed", String(choice.textContent === given));
      if (about === "goal") {
        note.textContent = leads ? fill(words.reached, { count: question.answered })
          : goal?.reached && accepted ? words.reached_here : words.reach;
      } else {
        note.textContent = leads ? fill(words.answered, { count: question.answered })
          : given && accepted ? fill(words.given, { answer: given }) : "";
      }
      bars.hidden = !question.tallies;
      bars.replaceChildren();
      for (const { answer: said, count, part } of parts(question.tallies ?? [])) {
        const kind = own ? mistake(said, own.question) : "";
        const name = element("dt", "", bars, about === "goal" ? words.reached_bar : said);
        if (kind) element("small", kind === "kind_right" ? "viz-room-right" : "", name, words[kind]);
        const row = element("dd", "", bars, String(count));
        row.style.setProperty("--part", String(part));
      }
      reveal.textContent = words.reveal;
      reveal.hidden = !leads || Boolean(question.tallies);
      back.textContent = words.take_back;
      back.hidden = !leads;
    },
  };
}
