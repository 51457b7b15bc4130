#include "control/ports/ports.h"

#include "control/forge/github/github_forge.h"
#include "control/http/tls.h"
#include "control/ports/fatal.h"
#include "control/ports/forge_place.h"
#include "control/ports/image_settings.h"

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

Result<void> build_shared(Ports& ports, const Settings& settings, Needs needs) {
    auto bus = open_bus(settings.bus, ports.data, ports.log);
    if (!bus) return bus.fault();
    ports.bus.emplace(std::move(*bus));
    // A server that cannot confine workers is refused before anything is created for them.
    if (needs.runtime)
        if (Result<void> walls = ports.bus->logins->check(); !walls) return walls;
    auto store = open_store(settings.store, ports.data, ports.clock, ports.log);
    if (!store) return store.fault();
    ports.store.emplace(std::move(*store));
    ports.live = std::make_unique<LiveSettings>(settings, ports.database(), ports.clock, ports.log);
    if (const KnowledgeSettings& model = settings.knowledge; !model.url.empty())
        ports.embeddings = make_embeddings(
            {.url = model.url, .key = model.key, .model = model.model}, ports.client);
    return {};
}

Result<void> build_runtime(Ports& ports, const Settings& settings) {
    auto runtime =
        open_runtime(settings.runtime, settings.places, ports.data, ports.client, ports.log);
    if (!runtime) return runtime.fault();
    ports.runtime = std::move(*runtime);
    // A cluster's images are made and published elsewhere.
    if (!ports.runtime->isolates() || settings.runtime.choice == RuntimeChoice::kubernetes)
        return {};
    auto made_as = image_settings(settings);
    if (!made_as) return made_as.fault();
    ports.images = std::make_unique<images::Images>(std::move(*made_as), ports.client,
                                                    settings.runtime.docker_socket);
    return {};
}

Result<void> build_forge(Ports& ports, const ForgeSettings& settings) {
    ports.forge_directory = settings.directory.empty() ? ports.data.forge() : settings.directory;
    Result<bool> shares =
        join_forge(ports.database(), ports.forge_directory, ports.data.owner(), ports.log);
    if (!shares) return shares.fault();
    ports.shares_forge = *shares;
    auto forge = make_local_forge(ports.forge_directory);
    if (!forge) return forge.fault();
    ports.forge = std::move(*forge);
    if (settings.kind == ForgeKind::local) return {};
    Result<github::AppKey> key = github::AppKey::load(settings.key_file);
    if (!key) return key.fault();
    ports.github = std::make_unique<github::Client>(
        ports.client, ports.clock, std::move(*key),
        github::ClientSettings{.app_id = settings.app_id, .api_url = settings.api_url});
    ports.forge =
        make_github_forge(std::move(ports.forge), *ports.github,
                          {.owner = settings.owner, .git_url = settings.git_url}, ports.log);
    return {};
}

Result<void> build_all(Ports& ports, const Settings& settings, Needs needs) {
    if (needs.network) {
        auto door = NetworkDoor::open(ports.server, settings.listen);
        if (!door) return door.fault();
        ports.network = std::move(*door);
    }
    if (Result<void> built = build_shared(ports, settings, needs); !built) return built;
    if (needs.forge)
        if (Result<void> built = build_forge(ports, settings.forge); !built) return built;
    if (needs.runtime) return build_runtime(ports, settings);
    return {};
}

}  // namespace

Result<std::unique_ptr<Ports>> Ports::build(const Settings& settings, Needs needs,
                                            contracts::Log log) {
    Result<DataDirectory> data = DataDirectory::open(settings.places.data_directory);
    if (!data) return data.fault();
    std::unique_ptr<Ports> ports(new Ports{.log = std::move(log), .data = std::move(*data)});
    if (Result<void> built = build_all(*ports, settings, needs); !built)
        return fatal(std::move(built.error()));
    return ports;
}

std::vector<Error> check_named_files(const Settings& settings, Needs needs) {
    std::vector<Error> faults;
    const auto note = [&](auto&& result) {
        if (!result) faults.push_back(std::move(result.error()));
    };
    if (!settings.listen.tls_key.empty())
        note(load_tls(TlsFiles{settings.listen.tls_certificate, settings.listen.tls_key}));
    if (settings.bus.remote && settings.bus.remote->tls)
        note(load_tls_client(tls_files(*settings.bus.remote)));
    if (!settings.store.secrets_key.empty()) {
        Result<Vault> vault = Vault::open_key(settings.store.secrets_key);
        // A new store creates its key at the first start.
        if (!vault && vault.error().kind != ErrorKind::not_found) note(std::move(vault));
    }
    if (needs.forge && settings.forge.kind == ForgeKind::github)
        note(github::AppKey::load(settings.forge.key_file));
    if (needs.runtime) {
        note(check_wrapper(settings.places));
        note(image_settings(settings));
    }
    return faults;
}

}  // namespace control
