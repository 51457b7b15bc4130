// Worker images that are written without an engine: equal bytes for equal input, and nothing taken
// from a damaged base.
#include "control/images/oci_worker.h"

#include "contracts/base/sha256.h"
#include "control/images/oci_layout.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace control::images {

using contracts::ErrorKind;
using contracts::Json;

namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

// A base with one layer, for the machine that the programs are for; the layer's path is `layer`.
struct Place {
    tests::TemporaryDirectory directory;
    std::string base = directory / "base";
    std::string layer;

    explicit Place(const Json& settings = {{"Env", {"PATH=/bin", "TZ=UTC"}}, {"Cmd", {"bash"}}}) {
        auto layout = OciLayout::create(base);
        REQUIRE(layout);
        const auto lowest = layout->put_layer(TarStream({{"etc/os-release", 0644, "ID=test\n"}}));
        REQUIRE(lowest);
        layer = base + "/blobs/sha256/" + lowest->blob.digest.substr(7);
        const auto config =
            layout->put({{"architecture", "amd64"},
                         {"os", "linux"},
                         {"config", settings},
                         {"rootfs", {{"type", "layers"}, {"diff_ids", {lowest->content}}}}},
                        "application/vnd.oci.image.config.v1+json");
        REQUIRE(config);
        const auto manifest = layout->put({{"schemaVersion", 2},
                                           {"config", config->to_json()},
                                           {"layers", Json::array({lowest->blob.to_json()})}},
                                          "application/vnd.oci.image.manifest.v1+json");
        REQUIRE(manifest);
        REQUIRE(layout->set_image(*manifest, "base"));
        fs::create_directory(directory / "bin");
        for (const char* program : {"worker-wrapper", "orchestrator"})
            write(directory / (std::string("bin/") + program),
                  std::string("the program ") + program);
    }

    OciOrder order(const std::string& to) const {
        return {.agent = contracts::AgentType::custom,
                .base = base,
                .to = directory / to,
                .agents_directory = {},
                .programs = directory / "bin"};
    }
};

// Our layer in the image that was written to "a".
std::string blob_of(const Place& place, const Json& manifest) {
    return place.directory / "a" + std::string("/blobs/sha256/") +
           manifest.at("layers")[1].at("digest").get<std::string>().substr(7);
}

}  // namespace

TEST_CASE("two images written from the same input have the same bytes") {
    const Place place;
    const auto first = write_oci(place.order("a"));
    const auto second = write_oci(place.order("b"));
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->digest == second->digest);
    CHECK(tests::run({.argv = {"diff", "-r", place.directory / "a", place.directory / "b"}})
              .output.empty());
    write(place.directory / "bin/orchestrator", "another program");
    const auto third = write_oci(place.order("c"));
    REQUIRE(third);
    CHECK(third->digest != first->digest);
    CHECK(third->hash == first->hash);  // as for every worker image, our programs are not its input
}

TEST_CASE("a written image has the base's layers below ours, and starts the wrapper") {
    const Place place;
    REQUIRE(write_oci(place.order("a")));
    const auto layout = OciLayout::open(place.directory / "a");
    REQUIRE(layout);
    const auto manifest = layout->read(layout->image().value());
    REQUIRE(manifest);
    REQUIRE(manifest->at("layers").size() == 2);
    const auto config = layout->read(OciDescriptor::from_json(manifest->at("config")).value());
    REQUIRE(config);
    CHECK(config->at("rootfs").at("diff_ids").size() == 2);
    const std::string unpacked = tests::run_successfully(
        {.argv = {"/bin/sh", "-c", "gzip -dc " + blob_of(place, *manifest) + " | sha256sum"}});
    CHECK(config->at("rootfs").at("diff_ids")[1] == "sha256:" + unpacked.substr(0, 64));
    const Json& run = config->at("config");
    CHECK(run.at("Entrypoint") == Json{"/.worker/bin/worker-wrapper"});
    CHECK_FALSE(run.contains("Cmd"));
    CHECK(run.at("Env")[0] == "TZ=UTC");
    CHECK(run.at("Env").size() == 3);
    const std::string listed =
        tests::run_successfully({.argv = {"tar", "-tzvf", blob_of(place, *manifest)}});
    CHECK(listed.find("-rwxr-xr-x 0/0") != std::string::npos);
    CHECK(listed.find(".worker/bin/worker-wrapper") != std::string::npos);
}

TEST_CASE("a damaged base, a directory that exists and missing programs are refused") {
    const Place place;
    fs::create_directory(place.directory / "there");
    CHECK(write_oci(place.order("there")).error().kind == ErrorKind::conflict);
    CHECK(OciLayout::open(place.directory / "there").error().kind == ErrorKind::not_found);
    write(place.layer, content(place.layer) + "more");
    CHECK(write_oci(place.order("a")).error().kind == ErrorKind::invalid);
    fs::remove(place.directory / "bin/orchestrator");
    CHECK(write_oci(place.order("b")).error().field == "WORKER_BIN_DIR");
    write(place.base + "/index.json", R"({"manifests":[]})");
    CHECK(write_oci(place.order("c")).error().kind == ErrorKind::invalid);
    write(place.base + "/index.json", R"({"manifests":[{"digest":"sha256:../../etc","size":1}]})");
    CHECK(write_oci(place.order("d")).error().field == "digest");
}

}  // namespace control::images
