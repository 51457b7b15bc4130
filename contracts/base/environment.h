// Configuration from the environment, with all faults reported at once.
//
// Each getter returns a usable value in every case, and notes a fault when the variable is wrong;
// `finish()` then fails with all of them in one Error (kind fatal), so that a person can correct
// everything at once.
#pragma once

#include "contracts/base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace contracts {

class Environment {
public:
    // Empty: not set. An empty value counts as not set, as every shell script expects.
    using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

    explicit Environment(Lookup lookup) : lookup_(std::move(lookup)) {}
    // The environment of this process.
    [[nodiscard]] static Environment of_process();

    [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
    [[nodiscard]] std::string text(const std::string& name, std::string fallback);
    [[nodiscard]] std::string required(const std::string& name, std::string_view what_it_is);
    // A whole number within [low, high].
    [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t fallback,
                                      std::int64_t low, std::int64_t high);
    // In whole seconds within [low, high].
    [[nodiscard]] std::chrono::seconds seconds(const std::string& name,
                                               std::chrono::seconds fallback,
                                               std::chrono::seconds low, std::chrono::seconds high);
    // 0, 1, true, false, yes, no.
    [[nodiscard]] bool flag(const std::string& name, bool fallback);

    void fault(std::string_view name, std::string_view what);
    [[nodiscard]] Result<void> finish() const;

private:
    Lookup lookup_;
    std::vector<std::string> faults_;
};

}  // namespace contracts
