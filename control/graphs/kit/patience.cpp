#include "control/graphs/kit/patience.h"

#include "contracts/base/backoff.h"
#include "control/graphs/kit/tail.h"
#include "control/store/forge_deliveries.h"

#include <algorithm>

namespace control::graphs {

namespace {

constexpr std::size_t kMaxTrouble = 2000;

struct Bound {
    std::int64_t& tries;
    std::int64_t most;
    std::chrono::milliseconds first_wait;
};

Bound bound_of(PatiencePart& part, const PatienceSettings& settings, Trouble trouble) {
    switch (trouble) {
        case Trouble::upstream:
            return {part.tries, settings.upstream_tries, settings.upstream_wait};
        case Trouble::platform:
            return {part.platform_tries, settings.platform_tries, settings.platform_wait};
        case Trouble::crash:
            break;
    }
    return {part.tries, settings.tries, settings.crash_wait};
}

std::chrono::milliseconds wait_of(const Moment& moment, const Bound& bound,
                                  std::chrono::milliseconds longest) {
    const auto doubled =
        bound.first_wait * (std::int64_t{1} << std::min<std::int64_t>(bound.tries - 1, 20));
    const auto bounded = std::min(doubled, longest);
    return contracts::Backoff(bounded, bounded).next(moment.fixed_random());
}

}  // namespace

Next try_again(const Moment& moment, PatiencePart& part, const PatienceSettings& settings,
               Trouble trouble, std::string_view node, const std::string& what) {
    const Bound bound = bound_of(part, settings, trouble);
    if (++bound.tries >= bound.most) {
        const bool counted = trouble != Trouble::platform;
        return ask(part, node,
                   counted ? what + " (" + std::to_string(bound.tries) + " tries)" : what);
    }
    part.resume = node;
    part.trouble = what;
    part.wait_ms = wait_of(moment, bound, settings.longest_wait).count();
    return GoTo{kBackOff};
}

Next ask(PatiencePart& part, std::string_view resume, const std::string& what) {
    part.resume = resume;
    part.trouble = tail_of(what, kMaxTrouble);
    return GoTo{kAskPerson};
}

Next back_off(const Moment& moment, const PatiencePart& part, bool looks) {
    if (!moment.is(kEnter)) return go_back(part);
    Wait wait{{}, moment.turn.now + std::chrono::milliseconds(part.wait_ms)};
    if (looks) wait.keys.push_back(look_key(moment));
    return wait;
}

std::string look_key(const Moment& moment) {
    return std::string(forge_deliveries::kLook) + ':' + moment.effects.next_request_id();
}

std::string waiting_words(const PatiencePart& part) {
    return part.trouble + "; next try in " + std::to_string((part.wait_ms + 999) / 1000) + " s";
}

void take_answer(const Moment& moment, PatiencePart& part) {
    part.asked_again = true;
    part.tries = 0;
    part.platform_tries = 0;
    if (std::string said = moment.text("text"); !said.empty()) part.answer = std::move(said);
}

}  // namespace control::graphs
