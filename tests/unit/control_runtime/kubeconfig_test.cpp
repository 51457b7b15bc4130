#include "control/runtime/kubernetes/kubeconfig.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

using contracts::ErrorKind;
using control::kubernetes::in_cluster_access;
using control::kubernetes::load_kubeconfig;
using control::kubernetes::read_kubeconfig;

namespace {

std::string config(const std::string& cluster, const std::string& user) {
    return "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
           "contexts:\n- name: there\n  context: {cluster: x, user: y}\n"
           "- name: here\n  context: {cluster: c, user: u, namespace: agents}\n"
           "clusters:\n- name: c\n  cluster: {" +
           cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n";
}

constexpr const char* kServer = "server: \"https://10.0.0.1:6443/\"";

}  // namespace

TEST_CASE("a kubeconfig's current context says where and as whom") {
    const auto access = read_kubeconfig(
        config(std::string(kServer) + ", certificate-authority-data: UEVNCg==", "token: abc"), "");
    REQUIRE(access);
    CHECK(access->server == "https://10.0.0.1:6443");
    CHECK(access->tls->authorities == "PEM\n");
    CHECK(access->token == "abc");
    CHECK(access->name_space == "agents");
}

TEST_CASE("files that a kubeconfig names are looked for beside it") {
    const tests::TemporaryDirectory directory;
    directory.write("ca.crt", "authority");
    directory.write("user.crt", "certificate");
    directory.write("user.key", "key");
    directory.write("config", config(std::string(kServer) + ", certificate-authority: ca.crt",
                                     "client-certificate: user.crt, client-key: user.key"));
    const auto access = load_kubeconfig(directory / "config");
    REQUIRE(access);
    CHECK(access->tls->authorities == "authority");
    CHECK(access->tls->certificate == "certificate");
    CHECK(access->tls->key == "key");

    directory.write("token-file", config(kServer, "tokenFile: token"));
    CHECK(load_kubeconfig(directory / "token-file")->token_file == directory / "token");
}

TEST_CASE("a kubeconfig that cannot be used is refused with what to do") {
    const auto refused = [](const std::string& text, std::string_view word) {
        const auto access = read_kubeconfig(text, "");
        INFO(text);
        REQUIRE(!access);
        CHECK(access.error().kind == ErrorKind::fatal);
        CHECK(access.error().field == "KUBECONFIG");
        CHECK(!access.error().next_step.empty());
        CHECK(access.error().message.find(word) != std::string::npos);
    };
    refused("", "map");
    refused("a: [", "line");
    refused("current-context: none\n", "none");
    refused(config(kServer, "exec: {command: aws}"), "exec");
    refused(config(kServer, "username: a, password: b"), "password");
    refused(config(kServer, ""), "neither");
    refused(config(kServer, "client-certificate-data: UEVNCg=="), "key");
    refused(config("server: \"http://10.0.0.1\"", "token: abc"), "https://");
    refused(config(std::string(kServer) + ", insecure-skip-tls-verify: true", "token: abc"),
            "insecure");
    refused(config(std::string(kServer) + ", certificate-authority-data: \"%%%%\"", "token: abc"),
            "base64");
    CHECK(load_kubeconfig("/a:/b").error().kind == ErrorKind::fatal);
    CHECK(load_kubeconfig("/no/such/file").error().field == "KUBECONFIG");
}

TEST_CASE("in a cluster a pod's own account is used, and its token is read anew") {
    const tests::TemporaryDirectory directory;
    directory.write("ca.crt", "authority");
    directory.write("token", "abc\n");
    directory.write("namespace", "agents\n");
    const auto access = in_cluster_access("10.96.0.1", "443", directory.text());
    REQUIRE(access);
    CHECK(access->server == "https://10.96.0.1:443");
    CHECK(access->tls->authorities == "authority");
    CHECK(access->token_file == directory / "token");
    CHECK(access->name_space == "agents");
    CHECK(in_cluster_access("fd00::1", "443", directory.text())->server == "https://[fd00::1]:443");
    CHECK(!in_cluster_access("", "", directory.text()));
    CHECK(!in_cluster_access("10.96.0.1", "443", directory / "none"));
}
