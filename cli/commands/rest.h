// What commands ask the API for, read back by the field lists.
#pragma once

#include "cli/command.h"
#include "contracts/entities/entities.h"
#include "contracts/fields/read.h"

namespace cli::commands {

// The answer as an M; fails with `fatal` if it is not one.
template <class M>
[[nodiscard]] contracts::Result<M> read_entity(const ApiAnswer& answer) {
    contracts::Result<M> entity = contracts::read_message<M>(answer.body);
    if (entity) return entity;
    return contracts::fail(contracts::ErrorKind::fatal,
                           "the API's answer does not fit: " + entity.error().describe());
}

// One page of a list.
struct Page {
    std::optional<std::string> limit;
    std::optional<std::string> cursor;

    void declare(Options& options);
    // "?limit=…&cursor=…", preceded by `filter` ("project_id=…"); fails with `invalid`.
    [[nodiscard]] contracts::Result<std::string> query(std::string filter = {}) const;
};

// Gets an array from the API.
[[nodiscard]] contracts::Result<Outcome> list(Session& session, const std::string& path_and_query,
                                              std::vector<std::string_view> columns);

[[nodiscard]] contracts::Result<contracts::Task> get_task(Session& session, const std::string& id,
                                                          contracts::TaskType type);

}  // namespace cli::commands
