// A step of the schema: one file NNNN_name.sql in the folder of its dialect. A released file is
// never changed; for another change add the next number.
#pragma once

#include <span>
#include <string_view>

namespace control {

struct Migration {
    int number;
    std::string_view name;  // "0001_projects"
    std::string_view sql;
};

// The files of migrations/<dialect>, in order, as of the build of this program.
[[nodiscard]] std::span<const Migration> sqlite_migrations();
[[nodiscard]] std::span<const Migration> postgres_migrations();

}  // namespace control
