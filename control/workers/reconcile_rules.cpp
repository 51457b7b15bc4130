#include "control/workers/reconcile_rules.h"

#include <algorithm>

namespace control {

namespace {

constexpr auto kAnyBus = Among<OnBus>::any();
constexpr auto kAnyDisk = Among<OnDisk>::any();
constexpr Among<InStore> kLiving{InStore::running, InStore::paused};
constexpr Among<InStore> kNobodys{InStore::absent, InStore::removed};
constexpr Among<InRuntime> kLives{InRuntime::running, InRuntime::paused};
constexpr Among<InRuntime> kGone{InRuntime::absent};
constexpr Among<OnDisk> kThere{OnDisk::present, OnDisk::described};

constexpr ReconcileRule kRules[] = {
    {"lost", kLiving, kGone, kAnyBus, kAnyDisk, Remedy::settle,
     "its instance is gone: what it owes is answered, and its row ends with the cause `lost`"},
    {"ended unseen",
     kLiving,
     {InRuntime::ended},
     kAnyBus,
     kAnyDisk,
     Remedy::settle,
     "it has ended: what it owes is answered, its last output kept, its row ended with the cause"},
    {"without files",
     kLiving,
     kLives,
     kAnyBus,
     {OnDisk::absent},
     Remedy::ask_person,
     "it lives without its directories: end it with `orchestrator worker kill`"},
    {"frozen unasked",
     {InStore::running},
     {InRuntime::paused},
     kAnyBus,
     kThere,
     Remedy::resume,
     "nothing would wake it: it is resumed"},
    {"mark left",
     {InStore::paused},
     {InRuntime::running},
     kAnyBus,
     kThere,
     Remedy::clear_mark,
     "it is not frozen: its row no longer says so"},
    {"answered and alive",
     {InStore::ended},
     kLives,
     kAnyBus,
     kAnyDisk,
     Remedy::end_instance,
     "its requests are answered and its doors are closed: it is killed"},
    {"without a row",
     {InStore::absent},
     kLives,
     kAnyBus,
     {OnDisk::described},
     Remedy::adopt,
     "the store has lost it: its row is made again from its manifest"},
    {"stranger", kNobodys, kLives, kAnyBus, kAnyDisk, Remedy::ask_person,
     "nothing says what it is for: look at it, and remove it in the runtime"},
    {"remains",
     kNobodys,
     {InRuntime::ended},
     kAnyBus,
     kAnyDisk,
     Remedy::remove_instance,
     "nobody has it any more: the ended instance is removed"},
    {"left directories", kNobodys, kGone, kAnyBus, kThere, Remedy::remove_directories,
     "nobody has them any more: they are removed a day after their last change"},
    {"left on the bus",
     {InStore::removed},
     kGone,
     {OnBus::present},
     {OnDisk::absent},
     Remedy::erase_from_bus,
     "nobody has it any more: its keys are erased"},
};

template <class View, std::size_t size>
std::string words_of(const Among<View>& among, const std::string_view (&names)[size]) {
    if (among.is_any()) return "any";
    std::string words;
    for (std::size_t at = 0; at < size; ++at)
        if (among.has(static_cast<View>(at)))
            words.append(words.empty() ? "" : ", ").append(names[at]);
    return words;
}

constexpr std::string_view kIntroduction =
    "# When the views of a worker disagree\n"
    "\n"
    "Four places know of each worker: the *store* has its row, the *runtime* its instance, the "
    "*bus* its keys, and the *disk* its directories. The worker manager compares them when it "
    "starts, after a gap in the runtime's events, and once a minute. The first rule that fits is "
    "applied; where none fits, the views agree or a step that is under way makes them agree. "
    "`orchestratord doctor` prints what the rules say of each worker now. `orchestratord doctor "
    "--fix` also does it while no daemon runs, but never ends or removes what lives.\n"
    "\n"
    "This table is the one in `control/workers/reconcile_rules.cpp`; a test keeps them equal.\n"
    "\n"
    "| rule | store | runtime | bus | disk | remedy | what is done |\n"
    "|---|---|---|---|---|---|---|\n";

}  // namespace

std::span<const ReconcileRule> reconcile_rules() {
    return kRules;
}

const ReconcileRule* rule_for(const WorkerViews& views) {
    const auto found = std::ranges::find_if(kRules, [&](const ReconcileRule& rule) {
        return rule.store.has(views.store) && rule.runtime.has(views.runtime) &&
               rule.bus.has(views.bus) && rule.disk.has(views.disk);
    });
    return found == std::end(kRules) ? nullptr : found;
}

std::string describe_reconcile_rules() {
    std::string text(kIntroduction);
    for (const ReconcileRule& rule : kRules) {
        const std::string_view remedy = kRemedyNames[static_cast<std::size_t>(rule.remedy)];
        text.append("| ").append(rule.name);
        for (const std::string& words :
             {words_of(rule.store, kInStoreNames), words_of(rule.runtime, kInRuntimeNames),
              words_of(rule.bus, kOnBusNames), words_of(rule.disk, kOnDiskNames)})
            text.append(" | ").append(words);
        text.append(" | `").append(remedy).append("` | ").append(rule.what).append(" |\n");
    }
    return text;
}

}  // namespace control
