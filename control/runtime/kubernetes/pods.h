// The calls about pods of one namespace. Thread: from any thread.
#pragma once

#include "control/runtime/kubernetes/api_server.h"
#include "control/runtime/kubernetes/pod_state.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace control::kubernetes {

struct PodList {
    std::vector<contracts::Json> pods;
    std::string version;  // a watch that begins here misses nothing
};

class Pods {
public:
    Pods(HttpClient& http, Access access, std::string name_space)
        : api_(http, std::move(access)), name_space_(std::move(name_space)) {}

    // Failure: `conflict` where the name is taken.
    [[nodiscard]] contracts::Result<contracts::Json> create(const contracts::Json& pod) const;
    [[nodiscard]] contracts::Result<contracts::Json> find(const std::string& name) const;
    // All with this label's value, in pages.
    [[nodiscard]] contracts::Result<PodList> list(std::string_view owner) const;
    // Asks for its end: TERM, `grace`, KILL; a `grace` of zero takes its object away at once when
    // its finalizer is gone. It is there no more: success.
    [[nodiscard]] contracts::Result<void> end(const PodKey& pod, std::chrono::seconds grace) const;
    [[nodiscard]] contracts::Result<void> release(const PodKey& pod) const;
    [[nodiscard]] contracts::Result<contracts::Json> events_of(const std::string& uid) const;
    [[nodiscard]] contracts::Result<std::string> tail(const std::string& name,
                                                      std::size_t bytes) const;

    [[nodiscard]] const ApiServer& api() const { return api_; }
    [[nodiscard]] std::string path(std::string_view kind, std::string_view name = {}) const;
    [[nodiscard]] std::string of_owner(std::string_view owner) const;

private:
    ApiServer api_;
    std::string name_space_;
};

}  // namespace control::kubernetes
