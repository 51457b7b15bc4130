// With a full disk the running version stays up and the attempt fails; with room it succeeds.
#include "bodies.h"

#include <sys/mount.h>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

using contracts::ErrorKind;
using control::DeploymentSpec;
using control::DeploymentState;
using deployer_tests::DockerBody;
using deployer_tests::get;
using deployer_tests::must_deploy;
using deployer_tests::ProcessBody;
using deployer_tests::service;

namespace {

// A file system of one megabyte.
class SmallDisk {
public:
    explicit SmallDisk(std::string path) : path_(std::move(path)) {
        std::filesystem::create_directory(path_);
        if (::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=1m,mode=0711") != 0)
            SKIP("no file system can be mounted here: " << std::strerror(errno));
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() { ::umount2(path_.c_str(), MNT_DETACH); }

    void fill() const {
        std::ofstream file(filler());
        const std::string block(4096, 'x');
        while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
        }
    }
    void make_room() const { std::filesystem::remove(filler()); }

private:
    [[nodiscard]] std::string filler() const { return path_ + "/.filler"; }
    std::string path_;
};

}  // namespace

TEMPLATE_TEST_CASE("a full disk is an error of ours, and what runs goes on", "", DockerBody,
                   ProcessBody) {
    TestType body;
    const SmallDisk disk(body.directory() / "deployments");
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(service("'one'")));
    const std::string url = must_deploy(*deployer, spec);
    const std::string first = spec.commit;

    auto files = service("'two'");
    files["large"] = std::string(200'000, 'l');
    spec.commit = body.commit(files);
    disk.fill();
    const auto full = deployer->deploy(spec);
    REQUIRE_FALSE(full.has_value());
    INFO(full.error().describe());
    CHECK(full.error().kind == ErrorKind::transient);
    CHECK(full.error().describe().find("No space left on device") != std::string::npos);
    CHECK(get(url) == "one");
    CHECK(deployer->status(spec.key).value().commit == first);
    for (const std::string& fault : deployer->mend())
        FAIL_CHECK(fault);
    CHECK(get(url) == "one");

    disk.make_room();
    CHECK(must_deploy(*deployer, spec) == url);
    CHECK(get(url) == "two");
    REQUIRE(deployer->stop(spec.key).has_value());
    CHECK(deployer->status(spec.key).value().state == DeploymentState::absent);
}
