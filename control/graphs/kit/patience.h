// Waiting, retrying and asking a person, for graphs with two nodes of these names:
//
//     {.name = "back_off", .decide = ..., .edges = {<every node that is resumed>}, .waits = true}
//     {.name = "ask_person", .decide = ..., .edges = {<the same>}, .writes = {"task.failed", ...}}
//
// `back_off` decides with `back_off(...)`; `ask_person` begins with `if (answered(...)) return
// go_back(...)`, reports its question, and returns `blocked(...)`. When the person answers or
// requests another try, the graph's `retried` calls `take_answer` and the node is entered again.
#pragma once

#include "control/graphs/kit/moment.h"
#include "control/graphs/kit/patience_settings.h"

namespace control::graphs {

inline constexpr const char* kBackOff = "back_off";
inline constexpr const char* kAskPerson = "ask_person";

// The source of a failure decides how often and how soon it is retried.
enum class Trouble { crash, upstream, platform };

// Enters `node` again after a wait that doubles with each try; after the last try a person is
// asked. Failures of the platform are counted separately, until `platform_works`.
[[nodiscard]] Next try_again(const Moment& moment, PatiencePart& part,
                             const PatienceSettings& settings, Trouble trouble,
                             std::string_view node, const std::string& what);
inline void platform_works(PatiencePart& part) {
    part.platform_tries = 0;
}
// Goes to `ask_person`; after the person's answer, `resume` is entered.
[[nodiscard]] Next ask(PatiencePart& part, std::string_view resume, const std::string& what);

// The decision of `back_off`: waits, then returns. `looks`: it waits for something at the forge,
// and a report of the forge ends the wait.
[[nodiscard]] Next back_off(const Moment& moment, const PatiencePart& part, bool looks = false);
// The key of a wait that a report of the forge ends (store/forge_deliveries.h); new each time.
[[nodiscard]] std::string look_key(const Moment& moment);
// "the repository: git is away; next try in 5 s"
[[nodiscard]] std::string waiting_words(const PatiencePart& part);

// Whether `ask_person` is entered because a person answered. True once for each answer.
[[nodiscard]] inline bool answered(PatiencePart& part) {
    return std::exchange(part.asked_again, false);
}
[[nodiscard]] inline Next go_back(const PatiencePart& part) {
    return GoTo{part.resume};
}
[[nodiscard]] inline Next blocked(const PatiencePart& part) {
    return Blocked{part.trouble};
}
// For `retried`: resets all counts of tries, and puts the person's text, if any, into
// `part.answer`.
void take_answer(const Moment& moment, PatiencePart& part);

}  // namespace control::graphs
