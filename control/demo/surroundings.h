// The settings of a demo's daemon: everything below one directory, free ports, workers as plain
// processes, and scripted agents. This process's environment is ignored.
#pragma once

#include "control/demo/place.h"

#include <map>
#include <string>

namespace control::demo {

// `copier`: the program; empty: projects start with an empty repository.
[[nodiscard]] std::map<std::string, std::string> surroundings(const Place& place,
                                                              const std::string& copier);

}  // namespace control::demo
