#include "control/store/outbox.h"

#include "control/store/threads.h"

namespace control::outbox {

Result<void> post(Queries& db, const std::string& key, std::string_view stream,
                  const contracts::Json& message) {
    return threads::add_effect(db, {.key = key,
                                    .thread_id = {},
                                    .kind = "publish",
                                    .target = std::string(stream),
                                    .body = contracts::dump_json(message),
                                    .owner = kUnclaimed});
}

}  // namespace control::outbox
