#include "far_redis.h"

#include "tests/support/eventually.h"

#include <memory>
#include <set>
#include <stdexcept>

namespace tunnel_tests {

using contracts::Connection;
using contracts::RedisAddress;
using tests::ChildProcess;
using tests::eventually;
using tests::free_port;
using tests::RedisServer;
using tests::run_successfully;

namespace {

constexpr std::chrono::seconds kAgreement{120};

std::unique_ptr<RedisServer> node(const Certificates* tls, std::uint16_t port,
                                  std::uint16_t master) {
    std::vector<std::string> words =
        tls != nullptr ? tls->door(port) : std::vector<std::string>{"--port", std::to_string(port)};
    words.insert(words.end(), {"--repl-diskless-sync-delay", "0"});
    if (tls != nullptr) words.insert(words.end(), {"--tls-replication", "yes"});
    if (master != 0)
        words.insert(words.end(), {"--replicaof", "127.0.0.1", std::to_string(master)});
    return std::make_unique<RedisServer>(tests::RedisOptions{.arguments = std::move(words)});
}

}  // namespace

std::uint16_t another_port() {
    static std::set<std::uint16_t> given;
    for (;;)
        if (const std::uint16_t port = free_port(); given.insert(port).second) return port;
}

Certificates::Certificates() {
    make_authority("ca");
    make_authority("other");
    sign("server", "IP:127.0.0.1,DNS:localhost");
    sign("elsewhere", "DNS:elsewhere.example");
    sign("client", "DNS:client.example");
}

void Certificates::make_authority(const std::string& name) const {
    run_successfully(
        {.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", path(name + ".key"),
                  "-out", path(name + ".crt")}});
}

void Certificates::sign(const std::string& name, const std::string& host) const {
    run_successfully({.argv = {"openssl", "req", "-newkey", "ec", "-pkeyopt",
                               "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                               "-keyout", path(name + ".key"), "-out", path(name + ".csr")}});
    const std::string names = directory_.write(name + ".names", "subjectAltName=" + host + "\n");
    run_successfully({.argv = {"openssl", "x509", "-req", "-in", path(name + ".csr"), "-CA",
                               path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days",
                               "2", "-extfile", names, "-out", path(name + ".crt")}});
}

std::vector<std::string> Certificates::door(std::uint16_t port, const std::string& name) const {
    return {"--tls-port",     std::to_string(port), "--tls-cert-file",    path(name + ".crt"),
            "--tls-key-file", path(name + ".key"),  "--tls-ca-cert-file", path("ca.crt")};
}

control::TlsClientFiles Certificates::client() const {
    return {.authorities = path("ca.crt"),
            .certificate = path("client.crt"),
            .key = path("client.key")};
}

TlsRedis::TlsRedis(const Certificates& certificates, const std::string& certificate)
    : port_(another_port()), server_({.arguments = certificates.door(port_, certificate)}) {
    make_users();
}

void TlsRedis::make_users() {
    auto admin = Connection::dial(*RedisAddress::parse(server_.url()));
    if (!admin ||
        !admin->command({"ACL", "SETUSER", "daemon", "on", ">secret", "~*", "&*", "+@all"}) ||
        !admin->command({"ACL", "SETUSER", "default", "off"}))
        throw std::runtime_error("ACL SETUSER failed");
}

std::string TlsRedis::url() const {
    return "rediss://daemon:secret@127.0.0.1:" + std::to_string(port_);
}

WatchedRedis::WatchedRedis(const Certificates* tls) : tls_(tls) {
    const std::uint16_t first = another_port(), second = another_port();
    nodes_ = {Node{first, node(tls, first, 0)}, Node{second, node(tls, second, first)}};
    for (std::size_t i = 0; i < sentinels_.size(); ++i)
        start_sentinel(i, tls);
    eventually(
        "the Sentinels' agreement",
        [this] {
            for (std::size_t i = 0; i < sentinels_.size(); ++i)
                if (!ask(i, {"sentinel", "ckquorum", kMaster}).starts_with("OK 3") ||
                    ask(i, {"info", "sentinel"}).find("slaves=1,sentinels=3") == std::string::npos)
                    return false;
            return true;
        },
        kAgreement);
}

void WatchedRedis::start_sentinel(std::size_t index, const Certificates* tls) {
    ports_[index] = another_port();
    const std::string port = std::to_string(ports_[index]);
    std::string text = "bind 127.0.0.1\ndir " + directory_.text() +
                       "\nsentinel monitor mymaster 127.0.0.1 " + std::to_string(nodes_[0].port) +
                       " 2\n" +
                       "sentinel down-after-milliseconds mymaster 2000\n"
                       "sentinel failover-timeout mymaster 6000\n";
    if (tls == nullptr) {
        text += "port " + port + "\n";
    } else {
        text += "port 0\ntls-replication yes\n";
        const std::vector<std::string> words = tls->door(ports_[index]);
        for (std::size_t i = 0; i < words.size(); i += 2)
            text += words[i].substr(2) + " " + words[i + 1] + "\n";
    }
    const std::string file = directory_.write("s" + std::to_string(index) + ".conf", text);
    sentinels_[index].emplace(tests::ChildOptions{.argv = {"redis-server", file, "--sentinel"}});
}

std::string WatchedRedis::ask(std::size_t index, const std::vector<std::string>& words) const {
    tests::ChildOptions client{
        .argv = {"redis-cli", "-h", "127.0.0.1", "-p", std::to_string(ports_[index])}};
    if (tls_ != nullptr)
        client.argv.insert(client.argv.end(),
                           {"--tls", "--cacert", tls_->path("ca.crt"), "--cert",
                            tls_->path("client.crt"), "--key", tls_->path("client.key")});
    client.argv.insert(client.argv.end(), words.begin(), words.end());
    return tests::run(std::move(client)).output;
}

std::string WatchedRedis::hosts() const {
    std::string text;
    for (const std::uint16_t port : ports_)
        text += (text.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(port);
    return text;
}

std::vector<RedisAddress> WatchedRedis::sentinels() const {
    std::vector<RedisAddress> all;
    for (const std::uint16_t port : ports_)
        all.push_back({.host = "127.0.0.1", .port = port});
    return all;
}

std::uint16_t WatchedRedis::master() const {
    const std::string named = ask(0, {"sentinel", "get-master-addr-by-name", kMaster});
    const std::size_t line = named.find('\n');
    return static_cast<std::uint16_t>(
        std::stoi(line == std::string::npos ? "0" : named.substr(line + 1)));
}

RedisServer& WatchedRedis::at(std::uint16_t port) {
    for (Node& one : nodes_)
        if (one.port == port) return *one.server;
    throw std::runtime_error("no server at port " + std::to_string(port));
}

}  // namespace tunnel_tests
