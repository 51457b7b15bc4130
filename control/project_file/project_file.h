// A project's own settings: the file `.project.yml` at the root of its repository.
//
//   setup: npm ci                 # prepares a fresh clone
//   test: npm test                # decides whether work is done
//   run: node server.js           # starts it
//   health: /healthz              # the path that answers 200 once it runs
//   modules: [backend, frontend]
//   packages: [python, apt:libpq-dev]  # what its tests need in the image
//   services: [postgres, redis]        # what its tests need beside them
//
// Every key is optional, other keys are ignored. A command is one line for `/bin/sh -c`, after
// YAML's folding. Failure: `invalid` with line and column, field `.project.yml`; the fault is the
// author's, and the same text fails again. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace control {

inline constexpr std::string_view kProjectFileName = ".project.yml";
inline constexpr std::size_t kMaxProjectFile = 64 << 10;  // bytes

struct ProjectFile {
    // Commands; empty: not in the file.
    std::string setup{};
    std::string test{};
    std::string run{};
    std::string health = "/";
    std::vector<std::string> modules{};
    std::vector<std::string> packages{};  // contracts/messages/packages.h
    std::vector<std::string> services{};  // names of contracts::TestService

    bool operator==(const ProjectFile&) const = default;
};

[[nodiscard]] contracts::Result<ProjectFile> read_project_file(std::string_view text);

// A text that parses to `file`; fails as parsing it would.
[[nodiscard]] contracts::Result<std::string> write_project_file(const ProjectFile& file);

}  // namespace control
