#include "contracts/base/environment.h"

#include "contracts/base/number.h"

#include <cstdlib>

namespace contracts {

Environment Environment::of_process() {
    return Environment([](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    });
}

std::optional<std::string> Environment::find(const std::string& name) const {
    std::optional<std::string> value = lookup_(name);
    if (value && value->empty()) return std::nullopt;
    return value;
}

std::string Environment::text(const std::string& name, std::string fallback) {
    std::optional<std::string> value = find(name);
    return value ? *std::move(value) : std::move(fallback);
}

std::string Environment::required(const std::string& name, std::string_view what_it_is) {
    std::optional<std::string> value = find(name);
    if (!value) {
        fault(name, std::string("is required: ").append(what_it_is));
        return {};
    }
    return *std::move(value);
}

std::int64_t Environment::number(const std::string& name, std::int64_t fallback, std::int64_t low,
                                 std::int64_t high) {
    const std::optional<std::string> value = find(name);
    if (!value) return fallback;
    if (const std::optional<std::int64_t> number = whole_number(*value, low, high)) return *number;
    fault(name, "must be a whole number from " + std::to_string(low) + " to " +
                    std::to_string(high) + ", not \"" + *value + "\"");
    return fallback;
}

std::chrono::seconds Environment::seconds(const std::string& name, std::chrono::seconds fallback,
                                          std::chrono::seconds low, std::chrono::seconds high) {
    return std::chrono::seconds(number(name, fallback.count(), low.count(), high.count()));
}

bool Environment::flag(const std::string& name, bool fallback) {
    const std::optional<std::string> value = find(name);
    if (!value) return fallback;
    if (*value == "1" || *value == "true" || *value == "yes") return true;
    if (*value == "0" || *value == "false" || *value == "no") return false;
    fault(name, "must be 0, 1, true, false, yes or no, not \"" + *value + "\"");
    return fallback;
}

void Environment::fault(std::string_view name, std::string_view what) {
    faults_.push_back(std::string(name).append(" ").append(what));
}

Result<void> Environment::finish() const {
    if (faults_.empty()) return {};
    std::string message = faults_.front();
    for (std::size_t i = 1; i < faults_.size(); ++i)
        message.append("; ").append(faults_[i]);
    return fail(ErrorKind::fatal, std::move(message), {},
                "correct the configuration and start again");
}

}  // namespace contracts
