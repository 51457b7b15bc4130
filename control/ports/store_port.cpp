#include "control/ports/store_port.h"

#include "control/ports/fatal.h"
#include "control/store/tokens.h"

namespace control {

namespace {

// A new store has one administrator, whose token is written to a file beside it.
Result<void> make_first_token(Database& database, const DataDirectory& data,
                              const contracts::Clock& clock, const contracts::Log& log) {
    std::optional<std::string> token;
    Result<void> made = database.transaction([&](Transaction& tx) -> Result<void> {
        auto first = tokens::create_first_admin(tx, clock.now());
        if (!first) return first.fault();
        token = std::move(*first);
        return {};
    });
    if (!made) return made;
    if (!token) return {};
    const std::string file = token_file(data.path());
    if (Result<void> written = write_private_file(file, *token); !written) return written;
    log.info("created the first admin token", {{"file", file}});
    return {};
}

}  // namespace

Result<StorePort> open_store(const StoreSettings& settings, const DataDirectory& data,
                             const contracts::Clock& clock, const contracts::Log& log) {
    if (settings.database_url.empty())
        if (Result<void> kept = data.check_database(); !kept) return kept.fault();
    auto database = open_database(settings.database_url, data.database());
    if (!database) return fatal(std::move(database.error()));
    auto vault = open_vault(
        **database, settings.secrets_key.empty() ? data.secrets_key() : settings.secrets_key);
    if (!vault) return fatal(std::move(vault.error()));
    if (Result<void> made = make_first_token(**database, data, clock, log); !made)
        return fatal(std::move(made.error()));
    return StorePort{std::move(*database), std::move(*vault)};
}

}  // namespace control
