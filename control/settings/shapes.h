// Reads values with a closed list of words, and other formats that several sections share.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/messages/worker.h"

namespace control {

// Leaves `choice` unchanged if the variable is not set or its value is not one of the words.
template <class Choice>
void read_choice(contracts::Environment& environment, const char* name, Choice& choice) {
    const std::optional<std::string> text = environment.find(name);
    if (!text) return;
    if (const auto parsed = contracts::parse_choice<Choice>(*text)) {
        choice = *parsed;
        return;
    }
    std::string names;
    for (const std::string_view one : choices_of(choice))
        names.append(names.empty() ? "" : ", ").append(one);
    environment.fault(name, "must be one of " + names + ", not \"" + *text + "\"");
}

// The parts between commas, unchanged; none for an empty text.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

// A JSON object of texts, because values may contain commas and equals signs.
void read_variables(contracts::Environment& environment, const char* name,
                    std::map<std::string, std::string>& chosen);

// A JSON object of numbers: {"memory_mb":2048,"cpu_percent":100,"pids":512,"disk_mb":20480}, each
// of which may be missing.
void read_resource_limits(contracts::Environment& environment, const char* name,
                          std::optional<contracts::ResourceLimits>& chosen);

// Notes a fault if the path is not absolute.
void check_absolute(contracts::Environment& environment, const char* name, const std::string& path);

// The URL of an HTTP service, without a trailing slash. Notes a fault if it is not http or https.
[[nodiscard]] std::string read_base_url(contracts::Environment& environment, const char* name,
                                        const char* usual);
// Several URLs separated by commas, at least one.
[[nodiscard]] std::vector<std::string> read_base_urls(contracts::Environment& environment,
                                                      const char* name, const char* usual);

}  // namespace control
