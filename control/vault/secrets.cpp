#include "control/vault/secrets.h"

#include "control/store/project_secrets.h"

namespace control {

namespace {

// Sealed in every store, so that its key can be recognised.
constexpr std::string_view kCheckPlace = "check";
constexpr std::string_view kCheckText = "the key of this store";

// The separator: neither an id nor a name can contain a NUL.
std::string place_of(std::string_view project_id, std::string_view name) {
    std::string place("project_secret");
    for (const std::string_view part : {project_id, name})
        (place += '\0').append(part);
    return place;
}

std::unexpected<Error> as_fatal(Error error) {
    error.kind = ErrorKind::fatal;
    return fail(std::move(error));
}

Result<void> check_key(Database& db, const Vault& vault, const std::string& key_file) {
    std::string check;
    Result<void> kept = db.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<std::string>> found = project_secrets::find_check(tx);
        if (!found) return found.fault();
        check = *found ? **std::move(found) : vault.seal(kCheckText, kCheckPlace);
        return *found ? Result<void>() : project_secrets::put_check(tx, check);
    });
    if (!kept) return kept;
    const Result<std::string> opened = vault.open(check, kCheckPlace);
    if (opened && *opened == kCheckText) return {};
    return fail(ErrorKind::fatal,
                "the key of the secrets " + key_file + " is not the one this store was sealed with",
                "SECRETS_KEY_FILE", "put the right one in its place, or name the file that has it");
}

}  // namespace

Result<Vault> open_vault(Database& db, const std::string& key_file) {
    Result<std::optional<std::string>> check = project_secrets::find_check(db);
    if (!check) return as_fatal(std::move(check.error()));
    Result<Vault> vault = Vault::open_key(key_file);
    if (!vault && vault.error().kind == ErrorKind::not_found && !*check)
        vault = Vault::make_key(key_file);
    if (!vault) return as_fatal(std::move(vault.error()));
    if (Result<void> fits = check_key(db, *vault, key_file); !fits)
        return as_fatal(std::move(fits.error()));
    return vault;
}

std::string seal_secret(const Vault& vault, std::string_view project_id, std::string_view name,
                        std::string_view value) {
    return vault.seal(value, place_of(project_id, name));
}

Result<std::map<std::string, std::string>> open_secrets(Queries& db, const Vault& vault,
                                                        const std::string& project_id) {
    Result<std::map<std::string, std::string>> sealed = project_secrets::sealed_of(db, project_id);
    if (!sealed) return sealed;
    std::map<std::string, std::string> open;
    const auto forget = [&] {
        for (auto& [name, value] : open)
            wipe(value);
    };
    for (const auto& [name, text] : *sealed) {
        Result<std::string> value = vault.open(text, place_of(project_id, name));
        if (!value) {
            forget();
            return fail(std::move(value.error()).context("the secret " + name));
        }
        open.emplace(name, *std::move(value));
    }
    return open;
}

}  // namespace control
