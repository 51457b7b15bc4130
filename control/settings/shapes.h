// Reading one of a few words, and other shapes that several sections share.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/fields/field_list.h"

namespace control {

// Leaves `choice` as it is where the variable is not set or not one of the words.
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

// The parts between commas, as they are; none of an empty text.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

// A JSON object of texts: values may hold commas and equals signs.
void read_variables(contracts::Environment& environment, const char* name,
                    std::map<std::string, std::string>& chosen);

// Notes a fault where the path is not absolute.
void check_absolute(contracts::Environment& environment, const char* name, const std::string& path);

// Of an HTTP service: without a slash at its end. Notes a fault where it is not http or https.
[[nodiscard]] std::string read_base_url(contracts::Environment& environment, const char* name,
                                        const char* usual);
// Several of them between commas, one at least.
[[nodiscard]] std::vector<std::string> read_base_urls(contracts::Environment& environment,
                                                      const char* name, const char* usual);

}  // namespace control
