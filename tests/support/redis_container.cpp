#include "tests/support/redis_container.h"

#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "tests/support/child_process.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"

#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace tests {

namespace fs = std::filesystem;
using contracts::Json;

namespace {

// The files that a program of this machine needs in an empty image: itself, its loader and its
// libraries, each at its usual path.
std::vector<std::string> files_of(const std::string& program) {
    std::vector<std::string> files{program};
    std::istringstream needed(run_successfully({.argv = {"ldd", program}}));
    for (std::string word; needed >> word;)
        if (word.starts_with('/')) files.push_back(word);
    return files;
}

}  // namespace

RedisContainer::RedisContainer(const DockerEngine& engine)
    : engine_(engine), image_("orch-redis:" + contracts::random_hex(4)) {
    fs::create_directories(directory_ / "bus");
    build();
    launch();
    eventually("the container's redis-server answering", [this] { return answers(); });
}

RedisContainer::~RedisContainer() {
    try {
        (void)engine_.ask("DELETE", "/containers/" + container_ + "?force=1");
        (void)engine_.ask("DELETE", "/images/" + image_ + "?force=1");
    } catch (const std::exception&) {
        // The engine is gone, and the container and the image with it.
    }
}

bool RedisContainer::answers() const {
    return redis_answers(socket());
}

void RedisContainer::pause() const {
    must("POST", "/containers/" + container_ + "/pause", 204);
}

void RedisContainer::unpause() const {
    must("POST", "/containers/" + container_ + "/unpause", 204);
}

void RedisContainer::build() const {
    const std::string found = run_successfully({.argv = {"sh", "-c", "command -v redis-server"}});
    const std::string program = found.substr(0, found.find('\n'));
    for (const std::string& file : files_of(program)) {
        const std::string copy = directory_ / ("context/root" + file);
        fs::create_directories(fs::path(copy).parent_path());
        fs::copy_file(file, copy, fs::copy_options::skip_existing);
    }
    directory_.write("context/Dockerfile",
                     "FROM scratch\nCOPY root/ /\nENTRYPOINT [\"" + program + "\"]\n");
    const std::string tar =
        run_successfully({.argv = {"tar", "-C", directory_ / "context", "-cf", "-", "."}});
    must("POST", "/build?rm=1&forcerm=1&t=" + image_, 200, tar);
}

void RedisContainer::launch() {
    const Json wanted{
        {"Image", image_},
        {"Cmd", Json::array({"--port", "0", "--unixsocket", "/bus/r.sock", "--dir", "/bus",
                             "--save", "", "--appendonly", "yes", "--appendfsync", "always"})},
        {"HostConfig",
         {{"NetworkMode", "none"},
          {"Mounts",
           Json::array(
               {{{"Type", "bind"}, {"Source", directory_ / "bus"}, {"Target", "/bus"}}})}}}};
    container_ = "orch-redis-" + contracts::random_hex(8);
    must("POST", "/containers/create?name=" + container_, 201, wanted.dump());
    must("POST", "/containers/" + container_ + "/start", 204);
}

void RedisContainer::must(const std::string& method, const std::string& target, int status,
                          const std::string& body) const {
    const HttpResponse answer = engine_.ask(method, target, body);
    if (answer.status != status || answer.body.find("errorDetail") != std::string::npos)
        throw std::runtime_error(method + " " + target + ": " + answer.body);
}

}  // namespace tests
