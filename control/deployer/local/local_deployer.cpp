#include "control/deployer/local/local_deployer.h"

#include "contracts/base/id.h"
#include "control/deployer/local/front_way.h"
#include "control/deployer/local/hosts.h"
#include "control/deployer/local/record.h"
#include "control/deployer/local/versions.h"
#include "control/deployer/public_url.h"
#include "control/masking/mask.h"

#include <dirent.h>
#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using deployer::Host;
using deployer::Listening;
using deployer::Opened;
using deployer::Record;
using deployer::Target;
using deployer::VersionName;
using deployer::WayIn;

namespace {

constexpr std::size_t kFaultLog = 8 << 10;
constexpr std::size_t kLongestSecret = 64 << 10;
constexpr std::size_t kMostLog = 1 << 20;
constexpr std::chrono::seconds kPublicLimit{10};

bool is_key(std::string_view key) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !key.empty() && key.size() <= 63 && good(key.front()) && good(key.back()) &&
           std::ranges::all_of(key, [&](char c) { return good(c) || c == '-'; });
}

// The path goes into a request line unchanged.
bool is_path(std::string_view path) {
    return path.starts_with('/') && path.size() <= 1024 &&
           std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_variable(std::string_view name) {
    return !name.empty() && name.find_first_of(std::string_view("=\0", 2)) == std::string::npos;
}

Result<void> check_spec(const DeploymentSpec& spec) {
    if (auto good = deployer::check_key(spec.key); !good) return good;
    if (!is_path(spec.health))
        return fail(ErrorKind::invalid, "must be a path such as / or /health", "health",
                    "change health in .project.yml");
    if (spec.port == 0) return fail(ErrorKind::invalid, "must be 1 to 65535", "port");
    if (spec.run.empty()) return fail(ErrorKind::invalid, "names no command", "run");
    for (const auto* some : {&spec.environment, &spec.secrets})
        for (const auto& [name, value] : *some) {
            if (!is_variable(name))
                return fail(ErrorKind::invalid, "is not a variable's name", name);
            if (value.find('\0') != std::string::npos || value.size() > kLongestSecret)
                return fail(ErrorKind::invalid, "must be text of at most 64 KiB", name);
        }
    return {};
}

std::vector<std::string> values_of(const std::map<std::string, std::string>& secrets) {
    std::vector<std::string> values;
    for (const auto& [name, value] : secrets)
        values.push_back(value);
    return values;
}

std::set<std::string> recorded_keys(const std::string& directory) {
    std::set<std::string> keys;
    DIR* listing = ::opendir(directory.c_str());
    while (const dirent* entry = listing != nullptr ? ::readdir(listing) : nullptr)
        if (is_key(entry->d_name)) keys.insert(entry->d_name);
    if (listing != nullptr) ::closedir(listing);
    return keys;
}

class LocalDeployer final : public Deployer {
public:
    LocalDeployer(LocalDeployerSettings settings, std::unique_ptr<Host> host,
                  std::unique_ptr<WayIn> way_in, HttpClient& http)
        : settings_(std::move(settings)),
          host_(std::move(host)),
          way_in_(std::move(way_in)),
          http_(http) {}

    std::string_view name() const override { return host_->name(); }
    Result<DeployEnd> deploy(const DeploymentSpec& spec, std::stop_token stop) override;
    Result<DeploymentStatus> status(const std::string& key) override;
    Result<std::string> logs(const std::string& key, std::size_t bytes) override;
    Result<void> stop(const std::string& key) override;
    Result<void> stop_all() override;
    Result<void> probe(const std::string& key) override;
    std::vector<std::string> mend() override;

private:
    // What the steps of one attempt share.
    struct Attempt {
        const DeploymentSpec& spec;
        VersionName name;
        std::optional<Record> before;
        Record record{};
        Target target{};
    };

    [[nodiscard]] std::shared_ptr<std::mutex> lock_of(const std::string& key);
    [[nodiscard]] std::string directory(const std::string& key) const {
        return deployer::directory_of(settings_, key);
    }
    // The keys of all deployments that are recorded or running.
    Result<std::set<std::string>> keys() const;
    [[nodiscard]] std::string url_of(std::uint16_t port) const;
    Result<std::optional<Record>> record_of(const std::string& key) const;
    Result<void> remove_others(const std::string& key, const std::string& version);
    Result<void> probe_record(const Record& record);
    bool serves(const DeploymentSpec& spec, const Record& record);
    Result<DeployEnd> attempt(Attempt& attempt, std::stop_token stop);
    Result<std::optional<DeployFault>> bring_up(Attempt& attempt, std::stop_token stop);
    Result<Opened> take_over(Attempt& attempt);
    Result<void> finish(const Attempt& attempt, std::stop_token stop);
    void drain_before(const Attempt& attempt, std::stop_token stop);
    void lead_back(const Attempt& attempt);
    DeployFault with_log(const Attempt& attempt, DeployFault fault);
    Result<void> mend_one(const std::string& key);

    const LocalDeployerSettings settings_;
    std::unique_ptr<Host> host_;
    std::unique_ptr<WayIn> way_in_;
    HttpClient& http_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<std::mutex>> locks_;
};

std::shared_ptr<std::mutex> LocalDeployer::lock_of(const std::string& key) {
    const std::lock_guard guard(mutex_);
    auto& entry = locks_[key];
    if (!entry) entry = std::make_shared<std::mutex>();
    return entry;
}

std::string LocalDeployer::url_of(std::uint16_t port) const {
    return public_url(settings_.public_host.empty() ? settings_.address : settings_.public_host,
                      port);
}

Result<std::optional<Record>> LocalDeployer::record_of(const std::string& key) const {
    if (auto good = deployer::check_key(key); !good) return good.fault();
    auto record = deployer::read_record(directory(key));
    if (record) return std::move(*record);
    if (record.error().kind == ErrorKind::not_found) return std::nullopt;
    return record.fault();
}

// Removes other versions, such as what an interrupted attempt left behind.
Result<void> LocalDeployer::remove_others(const std::string& key, const std::string& version) {
    const auto all = host_->list();
    if (!all) return all.fault();
    for (const VersionName& name : *all)
        if (name.key == key && name.version != version)
            if (auto removed = host_->remove(name); !removed) return removed;
    return {};
}

// Asks from the outside, whatever address the project listens on.
Result<void> LocalDeployer::probe_record(const Record& record) {
    std::string host = settings_.outside.empty() ? record.address : settings_.outside;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    ClientRequest request;
    request.url = "http://" + host + ":" + std::to_string(record.port) + record.health;
    request.headers.push_back({"User-Agent", "orchestrator-health"});
    request.timeout = kPublicLimit;
    int status = 0;
    request.on_headers = [&status](int told, const std::vector<HttpHeader>&) {
        status = told;
    };
    // The status is enough: do not wait for the end of the page, which may never come.
    request.on_data = [](std::string_view) {
        return false;
    };
    const auto answer = http_.perform(std::move(request));
    if (status == 0 && !answer)
        return fail(ErrorKind::upstream,
                    record.url + record.health + " does not answer: " + answer.error().message);
    if (status == 0) status = answer->status;
    if (status / 100 == 2) return {};
    return fail(ErrorKind::upstream,
                record.url + record.health + " answers with " + std::to_string(status));
}

bool LocalDeployer::serves(const DeploymentSpec& spec, const Record& record) {
    if (record.fingerprint != deployer::fingerprint_of(spec, record.salt) ||
        record.address != settings_.address)
        return false;
    return mend_one(spec.key) && probe_record(record);
}

DeployFault LocalDeployer::with_log(const Attempt& attempt, DeployFault fault) {
    const auto secrets = values_of(attempt.spec.secrets);
    if (fault.log.empty())
        if (auto log = host_->tail(attempt.name, kFaultLog + kLongestSecret))
            fault.log = std::move(*log);
    fault.log = masking::masked_tail(std::move(fault.log), secrets, kFaultLog);
    fault.message = masking::mask(std::move(fault.message), secrets);
    return fault;
}

// Empty: it answers, and will be restarted whenever it ends.
Result<std::optional<DeployFault>> LocalDeployer::bring_up(Attempt& attempt, std::stop_token stop) {
    auto built = host_->build(attempt.name, attempt.spec, stop);
    if (!built || *built) return built;
    const auto port = host_->inner_port(attempt.spec);
    if (!port) return port.fault();
    if (auto started = host_->start(attempt.name, attempt.spec, *port); !started)
        return started.fault();
    auto target = host_->target(attempt.name, *port);
    if (!target) return target.fault();
    attempt.target = std::move(*target);
    auto answered =
        way_in_->first_answer(*host_, attempt.name, attempt.spec, attempt.target, std::move(stop));
    if (!answered || *answered) return answered;
    if (auto kept = host_->keep(attempt.name); !kept) return kept.fault();
    return std::nullopt;
}

// Leads the way in to the new version, and checks from the outside that it answers.
Result<Opened> LocalDeployer::take_over(Attempt& attempt) {
    const DeploymentSpec& spec = attempt.spec;
    Record& record = attempt.record;
    record = {.name = attempt.name,
              .commit = spec.commit,
              .health = spec.health,
              .address = settings_.address,
              .port = spec.port,
              .inner_port = attempt.target.port,
              .url = url_of(spec.port),
              .salt = contracts::random_hex(16),
              .fingerprint = {},
              .secrets = {}};
    record.fingerprint = deployer::fingerprint_of(spec, record.salt);
    for (const auto& [name, value] : spec.secrets)
        record.secrets.push_back(name);
    auto opened = way_in_->lead(spec.key, attempt.target, {settings_.address, spec.port});
    if (!opened || *opened == Opened::port_taken) return opened;
    if (auto answered = probe_record(record); !answered) return answered.fault();
    return Opened::open;
}

void LocalDeployer::lead_back(const Attempt& attempt) {
    if (!attempt.before) {
        (void)way_in_->close(attempt.spec.key);
        return;
    }
    const Record& before = *attempt.before;
    if (const auto target = host_->target(before.name, before.inner_port))
        (void)way_in_->lead(attempt.spec.key, *target, {before.address, before.port});
}

// New connections already go to the new version; the old one finishes those that it has.
void LocalDeployer::drain_before(const Attempt& attempt, std::stop_token stop) {
    if (!attempt.before) return;
    const Record& before = *attempt.before;
    if (const auto target = host_->target(before.name, before.inner_port))
        way_in_->drain(attempt.spec.key, *target, std::move(stop));
}

Result<void> LocalDeployer::finish(const Attempt& attempt, std::stop_token stop) {
    const std::string& key = attempt.spec.key;
    if (auto written = deployer::write_record(directory(key), attempt.record); !written)
        return written;
    // The new version is recorded: if we end before the old one is removed, `mend` removes it.
    drain_before(attempt, std::move(stop));
    (void)remove_others(key, attempt.name.version);
    if (!attempt.spec.outbound) (void)host_->forget(key);
    return {};
}

Result<DeployEnd> LocalDeployer::attempt(Attempt& attempt, std::stop_token stop) {
    auto fault = bring_up(attempt, stop);
    if (fault && *fault) {
        DeployEnd end{.fault = with_log(attempt, std::move(**fault))};
        (void)host_->remove(attempt.name);
        return end;
    }
    auto opened = fault ? take_over(attempt) : Result<Opened>(fault.fault());
    if (opened && *opened == Opened::open) {
        if (auto finished = finish(attempt, std::move(stop)); finished)
            return DeployEnd{.url = attempt.record.url};
        else
            opened = finished.fault();
    }
    lead_back(attempt);
    (void)host_->remove(attempt.name);
    if (opened) return DeployEnd{.port_taken = true};
    Error error = std::move(opened.error());
    error.message = masking::mask(std::move(error.message), values_of(attempt.spec.secrets));
    return fail(std::move(error));
}

Result<DeployEnd> LocalDeployer::deploy(const DeploymentSpec& spec, std::stop_token stop) {
    if (auto checked = check_spec(spec); !checked) return checked.fault();
    const auto lock = lock_of(spec.key);
    const std::lock_guard guard(*lock);
    auto before = record_of(spec.key);
    if (!before) return before.fault();
    if (*before && serves(spec, **before)) return DeployEnd{.url = (*before)->url};
    if (auto made = deployer::make_open_directory(directory(spec.key)); !made) return made.fault();
    if (auto removed = remove_others(spec.key, *before ? (*before)->name.version : ""); !removed)
        return removed.fault();
    Attempt attempt{
        .spec = spec, .name = {spec.key, contracts::random_hex(6)}, .before = std::move(*before)};
    return this->attempt(attempt, std::move(stop));
}

Result<DeploymentStatus> LocalDeployer::status(const std::string& key) {
    const auto record = record_of(key);
    if (!record) return record.fault();
    if (!*record) return DeploymentStatus{};
    DeploymentStatus status{.state = DeploymentState::restarting,
                            .commit = (*record)->commit,
                            .url = (*record)->url,
                            .exit_code = {}};
    const auto life = host_->look((*record)->name);
    if (!life && life.error().kind != ErrorKind::not_found) return life.fault();
    if (life && life->running && way_in_->is_open(key)) status.state = DeploymentState::running;
    if (life) status.exit_code = life->exit_code;
    return status;
}

Result<std::string> LocalDeployer::logs(const std::string& key, std::size_t bytes) {
    const auto record = record_of(key);
    if (!record) return record.fault();
    if (!*record) return fail(ErrorKind::not_found, "nothing is deployed as " + key);
    const auto environment = host_->environment((*record)->name);
    if (!environment) return environment.fault();
    std::vector<std::string> secrets;
    for (const std::string& line : *environment) {
        const std::size_t equals = line.find('=');
        if (std::ranges::find((*record)->secrets, line.substr(0, equals)) !=
            (*record)->secrets.end())
            secrets.push_back(line.substr(equals + 1));
    }
    bytes = std::min(bytes, kMostLog);
    auto text = host_->tail((*record)->name, bytes + kLongestSecret);
    if (!text) return text;
    return masking::masked_tail(std::move(*text), secrets, bytes);
}

Result<void> LocalDeployer::stop(const std::string& key) {
    const auto lock = lock_of(key);
    const std::lock_guard guard(*lock);
    // With an invalid key nothing can run; an unreadable record must not keep the project running.
    if (!is_key(key)) return fail(record_of(key).error());
    if (auto closed = way_in_->close(key); !closed) return closed;
    if (auto removed = remove_others(key, ""); !removed) return removed;
    if (auto forgotten = host_->forget(key); !forgotten) return forgotten;
    return deployer::remove_directory(directory(key));
}

Result<void> LocalDeployer::probe(const std::string& key) {
    const auto record = record_of(key);
    if (!record) return record.fault();
    if (!*record) return fail(ErrorKind::not_found, "nothing is deployed as " + key);
    return probe_record(**record);
}

Result<void> LocalDeployer::mend_one(const std::string& key) {
    const auto record = record_of(key);
    if (!record) return record.fault();
    if (!*record) return remove_others(key, "");
    const VersionName& name = (*record)->name;
    if (auto removed = remove_others(key, name.version); !removed) return removed;
    if (auto revived = host_->revive(name); !revived) return revived;
    const auto target = host_->target(name, (*record)->inner_port);
    if (!target) return target.fault();
    const auto opened = way_in_->lead(key, *target, {(*record)->address, (*record)->port});
    if (!opened) return opened.fault();
    if (*opened == Opened::open) return {};
    return fail(ErrorKind::conflict, "another program has the port " + (*record)->url, {},
                "end what listens there");
}

Result<std::set<std::string>> LocalDeployer::keys() const {
    const auto all = host_->list();
    if (!all) return all.fault();
    std::set<std::string> keys = recorded_keys(settings_.directory);
    for (const VersionName& name : *all)
        keys.insert(name.key);
    return keys;
}

Result<void> LocalDeployer::stop_all() {
    const auto all = keys();
    if (!all) return all.fault();
    Result<void> first;
    for (const std::string& key : *all)
        if (Result<void> stopped = stop(key); !stopped && first) first = std::move(stopped);
    return first;
}

std::vector<std::string> LocalDeployer::mend() {
    std::vector<std::string> faults;
    const auto all = keys();
    if (!all) return {all.error().describe()};
    for (const std::string& key : *all) {
        const auto lock = lock_of(key);
        // A deployment that is in progress needs no mending.
        const std::unique_lock guard(*lock, std::try_to_lock);
        if (!guard.owns_lock()) continue;
        if (auto mended = mend_one(key); !mended)
            faults.push_back("deployment " + key + ": " + mended.error().describe());
    }
    return faults;
}

// Projects on this machine are reached through a front.
Result<std::unique_ptr<Deployer>> make_here(LocalDeployerSettings settings,
                                            Result<std::unique_ptr<Host>> host, HttpClient& http) {
    if (!host) return host.fault();
    if (settings.front.empty()) return fail(ErrorKind::invalid, "names no program", "front");
    auto way_in = deployer::make_front_way(settings, http);
    return deployer::make_versioned(std::move(settings), std::move(*host), std::move(way_in), http);
}

}  // namespace

Result<void> deployer::check_key(std::string_view key) {
    if (is_key(key)) return {};
    return fail(ErrorKind::invalid, "must be 1 to 63 of a-z 0-9 -, with no - at an end", "key");
}

Result<std::unique_ptr<Deployer>> deployer::make_versioned(LocalDeployerSettings settings,
                                                           std::unique_ptr<Host> host,
                                                           std::unique_ptr<WayIn> way_in,
                                                           HttpClient& http) {
    if (settings.directory.empty() || settings.directory[0] != '/')
        return fail(ErrorKind::invalid, "must be an absolute path", "directory");
    if (auto made = deployer::make_open_directory(settings.directory); !made) return made.fault();
    return std::make_unique<LocalDeployer>(std::move(settings), std::move(host), std::move(way_in),
                                           http);
}

Result<std::unique_ptr<Deployer>> make_docker_deployer(LocalDeployerSettings settings,
                                                       DockerDeployerSettings docker, Forge& forge,
                                                       HttpClient& http) {
    auto host = deployer::make_container_host(settings, std::move(docker), forge, http);
    return make_here(std::move(settings), std::move(host), http);
}

Result<std::unique_ptr<Deployer>> make_process_deployer(LocalDeployerSettings settings,
                                                        ProcessDeployerSettings process,
                                                        Forge& forge, HttpClient& http) {
    auto host = deployer::make_process_host(settings, std::move(process), forge);
    return make_here(std::move(settings), std::move(host), http);
}

}  // namespace control
