// An environment as in execve and /proc: NAME=value, each followed by a zero byte.
#pragma once

#include "tests/fuzz/target.h"

#include <optional>
#include <string>
#include <vector>

namespace fuzz {

class EnvironmentBlock {
public:
    explicit EnvironmentBlock(std::string_view block) {
        while (!block.empty())
            entries_.emplace_back(take_until(block, '\0'));
        point();
    }
    EnvironmentBlock(const EnvironmentBlock&) = delete;
    EnvironmentBlock& operator=(const EnvironmentBlock&) = delete;

    [[nodiscard]] const char* const* list() const { return pointers_.data(); }
    // The value of the first variable of that name.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
        for (const std::string& entry : entries_)
            if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
                return entry.substr(name.size() + 1);
        return std::nullopt;
    }
    // Replaces the values that are not empty of all variables for which `is_secret(name)` holds.
    template <class IsSecret>
    void replace(IsSecret is_secret, std::string_view value) {
        for (std::string& entry : entries_) {
            const std::size_t equals = entry.find('=');
            if (equals == std::string::npos || equals + 1 == entry.size()) continue;
            if (is_secret(std::string_view(entry).substr(0, equals)))
                entry.replace(equals + 1, std::string::npos, value);
        }
        point();
    }

private:
    void point() {
        pointers_.clear();
        for (const std::string& entry : entries_)
            pointers_.push_back(entry.c_str());
        pointers_.push_back(nullptr);
    }

    std::vector<std::string> entries_;
    std::vector<const char*> pointers_;
};

}  // namespace fuzz
