// A watch on an owner's pods. The order of what can be missed is decided here (DeathNotes, pure);
// the connection is `follow_pods`.
#pragma once

#include "control/runtime/kubernetes/pods.h"

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace control::kubernetes {

// Which deaths have been reported: each is reported once, however often the server repeats it. A
// pod that disappears without having ended is one that died, nobody knows how.
class DeathNotes {
public:
    // What a list shows. With the first nothing is reported: those died before the watch began.
    [[nodiscard]] std::vector<RuntimeEvent> see_all(const std::vector<contracts::Json>& pods);

    struct Seen {
        std::vector<RuntimeEvent> events{};
        bool expired = false;  // 410 Gone: list again, then watch from there
        bool failed = false;   // the server broke the watch off
    };
    // A line of a watch: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.
    [[nodiscard]] Seen see_line(std::string_view line);

    // Where the next watch begins.
    [[nodiscard]] const std::string& version() const { return version_; }
    void begin_at(std::string version) { version_ = std::move(version); }

private:
    struct Known {
        std::string worker_id;
        bool ended = false;
    };
    void see_pod(const contracts::Json& pod, bool deleted, std::vector<RuntimeEvent>& events);

    bool first_ = true;
    std::map<std::string, Known> known_;  // by instance id
    std::string version_;
};

// Reports `watching` once the server has accepted, then each death, on the caller's thread. Returns
// when `stop` asks for it; fails with `transient` when the server does not go on.
[[nodiscard]] contracts::Result<void> follow_pods(
    const Pods& pods, std::string_view owner,
    const std::function<void(const RuntimeEvent&)>& report, std::stop_token stop);

}  // namespace control::kubernetes
