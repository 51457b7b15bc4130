// Worker images: finds the image that a request needs, and builds it if the engine does not have
// it.
//
// An image's name is worker:<capability hash>; its labels contain the complete input of the hash.
// A missing image is built once, however many callers ask for it at the same time; processes that
// share a lock directory share a build as well. Thread: from any thread.
#pragma once

#include "control/http/client.h"
#include "control/images/capability_hash.h"
#include "control/images/recipe.h"
#include "control/runtime/docker/engine.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace control::images {

inline constexpr std::string_view kHashLabel = "com.codegen-orchestrator.image.hash";
inline constexpr std::string_view kInputLabel = "com.codegen-orchestrator.image.input";

struct ImageSettings {
    std::string base = "debian:bookworm";  // pulled if the engine does not have it
    std::string agents_directory;          // <agent>/<file>, written by ci/agent-binary
    std::string build_network;     // for build steps; empty: the engine's default; or "none"
    std::string extra_ca{};        // PEM text; build steps also trust these
    std::string apt_sources{};     // a sources.list for build steps
    Toolchains toolchains{};       // added by an administrator
    std::string lock_directory{};  // shared with other processes; empty: not shared
    std::chrono::milliseconds build_timeout = std::chrono::minutes(15);
};

struct ImagePlan {
    ImageInput input;
    std::string hash;
    std::string tag;
    std::string base_id;
    bool present = false;
};

struct BuiltImage {
    std::string hash;
    std::string tag;
    std::string id;
    std::string input;  // canonical
    std::int64_t bytes = 0;
    contracts::Timestamp created_at{};
};

using LogLine = std::function<void(std::string_view)>;

class Images {
public:
    // `http` must outlive this object. `socket` is the engine's.
    Images(ImageSettings settings, HttpClient& http, const std::string& socket);
    ~Images();

    // Computes the image's name and asks the engine whether it exists. Pulls the base if it is
    // missing, and changes nothing else.
    [[nodiscard]] contracts::Result<ImagePlan> plan(const ImageRequest& request);
    // Returns when the engine has the image. A build that fails is `transient`; the error contains
    // the step and the end of its output. `line` receives the output on this thread, unless another
    // caller's build is used.
    [[nodiscard]] contracts::Result<ImagePlan> ensure(const ImageRequest& request,
                                                      const LogLine& line = {},
                                                      std::stop_token stop = {});
    // The images that were built here, newest first.
    [[nodiscard]] contracts::Result<std::vector<BuiltImage>> list();
    // Removes an image that has our labels. `conflict` while a container uses it; success if it is
    // already gone.
    [[nodiscard]] contracts::Result<void> remove(const std::string& hash);

private:
    struct Base;
    struct Flight;

    contracts::Result<Base> find_base(std::stop_token stop);
    contracts::Result<void> pull_base(std::stop_token stop);
    contracts::Result<bool> has(const ImagePlan& plan);
    contracts::Result<void> build(const ImageRequest& request, const ImagePlan& plan,
                                  const LogLine& line, std::stop_token stop);
    contracts::Result<void> build_locked(const ImageRequest& request, const ImagePlan& plan,
                                         const LogLine& line, std::stop_token stop);
    contracts::Result<void> build_once(const ImageRequest& request, const ImagePlan& plan,
                                       const LogLine& line, std::stop_token stop);

    ImageSettings settings_;
    docker::Engine engine_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Flight>> flights_;  // by hash
};

}  // namespace control::images
