#include "bodies.h"

#include "contracts/base/id.h"
#include "control/runtime/accounts.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

namespace runtime_tests {

namespace {

constexpr const char* kImage = "orch-test-empty:1";
constexpr std::uint32_t kUid = 20900;

std::string made(const std::string& path, unsigned mode, std::uint32_t uid) {
    std::filesystem::create_directories(path);
    if (::chmod(path.c_str(), mode) != 0) throw std::runtime_error("chmod " + path);
    if (::geteuid() == 0 && ::chown(path.c_str(), uid, uid) != 0)
        throw std::runtime_error("chown " + path);
    return path;
}

// One engine for the whole program.
const tests::DockerEngine& shared_engine() {
    static std::unique_ptr<tests::DockerEngine> engine;
    static std::string missing;
    if (!engine && missing.empty()) try {
            engine = std::make_unique<tests::DockerEngine>();
        } catch (const tests::NoDockerEngine& reason) {
            missing = reason.what();
        }
    if (!engine) SKIP(missing);
    return *engine;
}

// One cluster for the whole program, with the image and our manifests applied.
const tests::KubernetesCluster& shared_cluster() {
    static std::unique_ptr<tests::KubernetesCluster> cluster;
    static std::string missing;
    if (!cluster && missing.empty()) try {
            cluster = std::make_unique<tests::KubernetesCluster>();
            const tests::TemporaryDirectory place;
            cluster->import_image(kImage, place.write("root.tar", tests::empty_root()));
            cluster->apply_manifests(place.path().parent_path());
        } catch (const tests::NoKubernetes& reason) {
            missing = reason.what();
        }
    if (!cluster) SKIP(missing);
    return *cluster;
}

}  // namespace

Body::Body(std::string bin_directory) : bin_directory_(std::move(bin_directory)) {
    // The agent's user has to pass through it.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0711));
}

std::string Body::workspace(const std::string& id) const {
    return directory_ / ("workers/" + id + "/workspace");
}

control::WorkerSpec Body::worker(const std::string& id, const std::string& steps) {
    const std::string place = directory_ / ("workers/" + id);
    made(directory_ / "workers", 0711, 0);
    made(place, 0711, 0);
    control::WorkerSpec spec;
    spec.worker_id = id;
    spec.image = kImage;
    spec.uid = kUid;
    spec.environment = {{"PROBE", steps}, {"WORKER_ID", id}};
    spec.labels = {{"task", "t-" + id}};
    spec.directories = {.control = made(place + "/control", 0700, 0),
                        .state = made(place + "/state", 0700, 0),
                        .home = made(place + "/home", 0700, kUid),
                        .workspace = made(place + "/workspace", 0700, kUid),
                        .temporary = made(place + "/tmp", 0700, kUid),
                        .accounts = made(place + "/accounts", 0755, 0)};
    directory_.write("workers/" + id + "/accounts/passwd", control::passwd_text(kUid));
    directory_.write("workers/" + id + "/accounts/group", control::group_text(kUid));
    return spec;
}

DockerBody::DockerBody() : DockerBody(shared_engine()) {}

DockerBody::DockerBody(const tests::DockerEngine& engine)
    : Body(PROBE_DIRECTORY), engine_(engine), run_(contracts::random_hex(4)) {
    (void)engine_.empty_image();
}

DockerBody::~DockerBody() {
    clear(*this, "suite");
    clear(*this, "another");
}

control::DockerSettings DockerBody::settings(const std::string& owner) const {
    return {.socket = engine_.socket(),
            .owner = owner + "-" + run_,
            .bin_directory = bin_directory_,
            .data_directory = directory_.text()};
}

std::unique_ptr<control::Runtime> DockerBody::make_runtime(const std::string& owner) {
    auto runtime = control::make_docker_runtime(settings(owner), http_);
    if (!runtime) throw std::runtime_error(runtime.error().describe());
    return std::move(*runtime);
}

void DockerBody::spoil(control::WorkerSpec& spec) {
    // The container is created, but it cannot be started.
    std::filesystem::create_directory(directory_ / "empty");
    spec.directories.workspace = directory_ / "no-such-directory";
}

ProcessBody::ProcessBody() : Body(PROBE_DIRECTORY) {}

ProcessBody::~ProcessBody() {
    clear(*this, "suite");
    clear(*this, "another");
}

control::ProcessSettings ProcessBody::settings(const std::string& owner) const {
    return {.owner = owner,
            .instances_directory = directory_ / "instances",
            .bin_directory = bin_directory_,
            .supervisor = {std::filesystem::read_symlink("/proc/self/exe"), "run-process"},
            .path = "/usr/bin:/bin"};
}

std::unique_ptr<control::Runtime> ProcessBody::make_runtime(const std::string& owner) {
    auto runtime = control::make_process_runtime(settings(owner));
    if (!runtime) throw std::runtime_error(runtime.error().describe());
    return std::move(*runtime);
}

void ProcessBody::spoil(control::WorkerSpec& spec) {
    spec.directories.workspace = directory_ / "no-such-directory";
}

KubernetesBody::KubernetesBody()
    : Body(PROBE_DIRECTORY), cluster_(shared_cluster()), run_(contracts::random_hex(4)) {
    // Below the data directory, as the cluster's policy requires.
    std::filesystem::create_directory(directory_ / "bin");
    std::filesystem::copy(bin_directory_, directory_ / "bin");
    bin_directory_ = directory_ / "bin";
}

KubernetesBody::~KubernetesBody() {
    clear(*this, "suite");
    clear(*this, "another");
}

control::KubernetesSettings KubernetesBody::settings(const std::string& owner) const {
    return {.name_space = tests::KubernetesCluster::kNamespace,
            .node = tests::KubernetesCluster::kNode,
            .owner = owner + "-" + run_,
            .bin_directory = bin_directory_,
            .data_directory = directory_.text()};
}

// The daemon's own account, so that the suite uses only the rights that it has.
control::kubernetes::Access KubernetesBody::access() const {
    auto access = control::kubernetes::load_kubeconfig(cluster_.kubeconfig());
    if (!access) throw std::runtime_error(access.error().describe());
    static const std::string token = cluster_.daemon_token();
    access->token = token;
    return *access;
}

std::unique_ptr<control::Runtime> KubernetesBody::make_runtime(const std::string& owner) {
    auto runtime = control::make_kubernetes_runtime(settings(owner), access(), http_);
    if (!runtime) throw std::runtime_error(runtime.error().describe());
    return std::move(*runtime);
}

void KubernetesBody::spoil(control::WorkerSpec& spec) {
    spec.directories.workspace = directory_ / "no-such-directory";
}

void clear(Body& body, const std::string& owner) {
    const auto runtime = body.make_runtime(owner);
    const auto all = runtime->list();
    if (!all) return;
    for (const control::WorkerInstance& instance : *all) {
        (void)runtime->kill(instance.id);
        (void)runtime->remove(instance.id);
    }
}

}  // namespace runtime_tests
