#include "control/graphs/deploy/values.h"

#include "contracts/base/text.h"
#include "control/deployer/public_url.h"
#include "control/graphs/deploy/contract.h"
#include "control/graphs/deploy/placement.h"
#include "control/store/project_secrets.h"
#include "control/store/servers.h"
#include "control/vault/secrets.h"

#include <algorithm>

namespace control::graphs {

using contracts::Json;
using contracts::text_at;

namespace {

constexpr std::size_t kMostExample = 256 << 10;
constexpr std::size_t kMostFiles = 20'000;  // in a commit that is searched for contracts

std::int64_t port_in(const Json& arguments) {
    const auto found = arguments.find("port");
    return found != arguments.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// Opened values are overwritten after use.
struct OpenedSecrets {
    std::map<std::string, std::string> values;
    ~OpenedSecrets() {
        for (auto& [name, value] : values)
            wipe(value);
    }
};

bool is_contract(const std::string& path) {
    return path == kEnvContractName || path.ends_with("/" + std::string(kEnvContractName));
}

// "acme/shop" of "https://github.com/acme/shop.git"
std::string path_of_url(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::size_t slash = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
    if (slash == std::string::npos) return {};
    std::string path = url.substr(slash + 1);
    if (path.ends_with(".git")) path.resize(path.size() - 4);
    return contracts::lower_case(path);
}

}  // namespace

KnownValues::~KnownValues() {
    for (auto& [name, value] : environment.secrets)
        wipe(value);
}

Result<std::string> Values::file(const Json& arguments, std::string_view name,
                                 std::size_t most) const {
    auto text = ports_.forge.read_file(text_at(arguments, "repository"),
                                       text_at(arguments, "commit"), std::string(name), most);
    if (!text && text.error().kind == ErrorKind::not_found) return std::string();
    return text;
}

Result<ProjectFile> Values::project_file(const Json& arguments) const {
    const auto text = file(arguments, kProjectFileName, kMaxProjectFile);
    if (!text) return text.fault();
    return text->empty() ? ProjectFile{} : read_project_file(*text);
}

Result<DeployFacts> Values::facts(const Json& arguments) const {
    const auto server = servers::find(ports_.database, text_at(arguments, "server_id"));
    if (!server) return server.fault();
    const bool is_here = server->entity.handle == kLocalServer;
    const std::int64_t port = port_in(arguments);
    return DeployFacts{
        .project_name = text_at(arguments, "project_name"),
        .url = public_url(is_here ? settings_.public_host : server->entity.ip_address, port),
        .port = port};
}

Result<std::optional<EnvContract>> Values::contract(const Json& arguments) const {
    const std::string repository = text_at(arguments, "repository");
    const std::string commit = text_at(arguments, "commit");
    const auto files = ports_.forge.list_files(repository, commit, kMostFiles);
    if (!files) return files.fault();
    std::optional<EnvContract> all;
    std::size_t count = 0;
    for (const std::string& path : *files) {
        if (!is_contract(path)) continue;
        if (++count > kMaxEnvContracts)
            return fail(ErrorKind::invalid, "the project has more than 32 contracts",
                        std::string(kEnvContractName));
        const auto text = ports_.forge.read_file(repository, commit, path, kMaxEnvContract);
        if (!text) return fail(contracts::Error(text.error()).context(path));
        const auto read = read_env_contract(*text);
        if (!read) return fail(contracts::Error(read.error()).context(path));
        if (!all) all.emplace();
        if (auto added = add_to_contract(*all, *read); !added) return added.fault();
    }
    return all;
}

Result<Environment> Values::resolved(const Json& arguments,
                                     const std::map<std::string, std::string>& stored) const {
    const auto known = facts(arguments);
    if (!known) return known.fault();
    const auto contract = this->contract(arguments);
    if (!contract) return contract.fault();
    if (!*contract) {
        const auto example = file(arguments, ".env.example", kMostExample);
        if (!example && example.error().kind == ErrorKind::invalid)
            return fail(contracts::Error(example.error()).context(".env.example"));
        if (!example) return example.fault();
        return resolve(read_env_example(*example), stored, *known);
    }
    const auto project = project_file(arguments);
    if (!project) return project.fault();
    const std::string repository = text_at(arguments, "repository");
    std::string images;
    if (!settings_.registry_url.empty())
        if (const std::string path = path_of_url(ports_.forge.location(repository)); !path.empty())
            images = settings_.registry_url + "/" + path;
    return resolve_contract(**contract, stored,
                            {.deploy = *known,
                             .slug = repository,
                             .project_id = text_at(arguments, "project_id"),
                             .images = std::move(images),
                             .commit = text_at(arguments, "commit"),
                             .modules = project->modules});
}

Result<KnownValues> Values::of(const Json& arguments) const {
    auto stored = open_secrets(ports_.database, ports_.vault, text_at(arguments, "project_id"));
    if (!stored) return stored.fault();
    const OpenedSecrets opened{std::move(*stored)};
    auto environment = resolved(arguments, opened.values);
    if (!environment) return environment.fault();
    KnownValues values;
    values.environment = std::move(*environment);
    return values;
}

Result<void> Values::generate(const std::string& project_id,
                              const std::vector<std::string>& names) const {
    if (names.empty()) return {};
    return ports_.database.transaction([&](Transaction& tx) -> Result<void> {
        // Another attempt, or a person, may have been faster: existing values are kept.
        const auto there = project_secrets::sealed_of(tx, project_id);
        if (!there) return there.fault();
        for (const std::string& name : names) {
            if (there->contains(name)) continue;
            std::string value = generate_secret();
            const std::string sealed = seal_secret(ports_.vault, project_id, name, value);
            wipe(value);
            if (auto put = project_secrets::put(tx, project_id, name, sealed, ports_.clock.now());
                !put)
                return put;
        }
        return {};
    });
}

}  // namespace control::graphs
