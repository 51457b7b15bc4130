// `orchestratord image …`: worker images for people and CI, made by the daemon's own code and
// without a daemon. Results go to standard output, a line of JSON or of words each; what goes on
// meanwhile, such as a build's output, to standard error.
#pragma once

#include "control/settings/settings.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace control {

// What was typed.
struct ImageWords {
    std::string agent = "claude";
    std::string capabilities;
    std::string packages;
    std::string service;      // empty: a worker's image
    std::string base_digest;  // with `architecture`: no engine is asked
    std::string architecture;
    bool explain = false;
    std::vector<std::string> two;  // hashes to compare
    std::int64_t days = 7;
    bool dry_run = false;
};

// Declares the command and its words; `words` outlives the parse.
void declare_image(CLI::App& app, ImageWords& words);

// Does what `app`, which was parsed, says. Failure: as of Images; `invalid` for words that make no
// sense, with the word as field.
[[nodiscard]] contracts::Result<void> run_image(const CLI::App& app, const ImageWords& words,
                                                const Settings& settings);

}  // namespace control
