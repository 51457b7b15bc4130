#include "control/provider/static_inventory.h"

#include <arpa/inet.h>
#include <algorithm>
#include <fstream>
#include <map>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::text_at;

namespace {

constexpr const char* kSetting = "INVENTORY_FILE";

std::unexpected<contracts::Error> wrong(const std::string& where, std::string_view what) {
    return fail(ErrorKind::fatal, "the inventory: " + where + ' ' + std::string(what), kSetting,
                "correct the file; docs/CONFIGURATION.md shows its format");
}

// Ids and users become parts of file names and command lines.
bool is_plain_word(std::string_view text) {
    return !text.empty() && text.size() <= 128 && text.front() != '-' &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

// A single spelling of each address, so that two spellings of one are recognised.
std::string canonical_address(const std::string& text) {
    unsigned char bytes[sizeof(in6_addr)];
    char written[INET6_ADDRSTRLEN];
    for (const int family : {AF_INET, AF_INET6})
        if (::inet_pton(family, text.c_str(), bytes) == 1 &&
            ::inet_ntop(family, bytes, written, sizeof written) != nullptr)
            return written;
    return {};
}

Result<ProviderServer> server_of(const Json& entry, const std::string& where) {
    if (!entry.is_object()) return wrong(where, "must be an object");
    ProviderServer server;
    server.id = text_at(entry, "id");
    if (!is_plain_word(server.id))
        return wrong(where + ".id", "must be 1 to 128 letters, digits, dots, - or _");
    server.address = canonical_address(text_at(entry, "address"));
    if (server.address.empty()) return wrong(where + ".address", "must be a numeric address");
    server.name = text_at(entry, "name");
    if (server.name.empty()) server.name = server.id;
    if (server.name.size() > 1024) return wrong(where + ".name", "must have at most 1024 bytes");
    if (const auto port = entry.find("ssh_port"); port != entry.end()) {
        if (!port->is_number_integer() || *port < 1 || *port > 65'535)
            return wrong(where + ".ssh_port", "must be a number from 1 to 65535");
        server.ssh_port = port->get<std::uint16_t>();
    }
    if (entry.contains("ssh_user")) server.ssh_user = text_at(entry, "ssh_user");
    if (!is_plain_word(server.ssh_user)) return wrong(where + ".ssh_user", "must be a user's name");
    if (const auto specs = entry.find("specs"); specs != entry.end()) {
        if (!specs->is_object()) return wrong(where + ".specs", "must be an object");
        server.specs = *specs;
    }
    return server;
}

class StaticInventory final : public Provider {
public:
    explicit StaticInventory(std::string path) : path_(std::move(path)) {}

    std::string_view name() const override { return "static"; }
    Result<std::vector<ProviderServer>> list(std::stop_token) override;
    Result<ProviderServer> details(const std::string& id, std::stop_token stop) override;
    Result<std::string> reinstall(const std::string&, const std::string&,
                                  std::stop_token) override {
        return cannot("reinstalled");
    }
    Result<std::string> reset_password(const std::string&, std::stop_token) override {
        return cannot("given a new password");
    }

private:
    static std::unexpected<contracts::Error> cannot(std::string_view what) {
        return fail(ErrorKind::invalid,
                    "a server of the inventory file cannot be " + std::string(what) + " from here",
                    "force_reinstall", "do it at the server itself, then provision it");
    }

    std::string path_;
};

Result<std::vector<ProviderServer>> StaticInventory::list(std::stop_token) {
    std::ifstream file(path_, std::ios::binary);
    if (!file) return wrong(path_, "cannot be read");
    std::string text(kMaxInventory + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return wrong(path_, "cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kMaxInventory) return wrong(path_, "is larger than 1 MiB");
    return parse_inventory(text);
}

Result<ProviderServer> StaticInventory::details(const std::string& id, std::stop_token stop) {
    Result<std::vector<ProviderServer>> all = list(std::move(stop));
    if (!all) return all.fault();
    const auto found = std::ranges::find(*all, id, &ProviderServer::id);
    if (found != all->end()) return std::move(*found);
    return fail(ErrorKind::not_found, "the inventory has no server " + id, "provider_id");
}

}  // namespace

Result<std::vector<ProviderServer>> parse_inventory(std::string_view text) {
    Result<Json> json = contracts::parse_json(text);
    if (!json) return wrong("the file", "is not JSON: " + json.error().describe());
    if (!json->is_array()) return wrong("the file", "must be an array of servers");
    std::vector<ProviderServer> all;
    std::map<std::string, std::string> by_address;
    for (std::size_t i = 0; i < json->size(); ++i) {
        const std::string where = '[' + std::to_string(i) + ']';
        Result<ProviderServer> server = server_of((*json)[i], where);
        if (!server) return server.fault();
        if (std::ranges::find(all, server->id, &ProviderServer::id) != all.end())
            return wrong(where + ".id", "\"" + server->id + "\" is also the id of another server");
        const auto [at, is_new] = by_address.emplace(server->address, server->id);
        if (!is_new)
            return wrong(where + ".address",
                         server->address + " is the address of " + at->second + ", too");
        all.push_back(std::move(*server));
    }
    return all;
}

std::unique_ptr<Provider> make_static_inventory(std::string path) {
    return std::make_unique<StaticInventory>(std::move(path));
}

}  // namespace control
