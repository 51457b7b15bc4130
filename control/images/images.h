// Worker images: which one a request means, whether the engine has it, and making it when not.
//
// An image's name is worker:<capability hash>; its labels carry the whole input of the hash.
// However many ask for an image that is missing, one build is made; with a lock directory that
// holds for all processes that name the same one. Thread: from any thread.
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
    std::string base = "debian:bookworm";  // pulled when the engine has none
    std::string agents_directory;          // <agent>/<file>, as ci/agent-binary lays them down
    std::string build_network;             // of build steps; empty: the engine's default; "none"
    std::string extra_ca{};                // PEM text that build steps trust too
    std::string apt_sources{};             // text of a sources.list for build steps
    Toolchains toolchains{};               // that an administrator adds to ours
    std::string lock_directory{};          // one build of a hash for all who name it; empty: alone
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

    // Decides, and asks the engine; changes nothing but that a missing base is pulled.
    [[nodiscard]] contracts::Result<ImagePlan> plan(const ImageRequest& request);
    // Returns when the engine has it. A failing build is `transient` and names the step, with the
    // end of its output. `line` gets the build's output, on this thread, if the build is this
    // caller's.
    [[nodiscard]] contracts::Result<ImagePlan> ensure(const ImageRequest& request,
                                                      const LogLine& line = {},
                                                      std::stop_token stop = {});
    // All that were made here, newest first.
    [[nodiscard]] contracts::Result<std::vector<BuiltImage>> list();
    // Only one with our labels. `conflict` while a container uses it; gone already is success.
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
