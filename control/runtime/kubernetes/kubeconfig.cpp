#include "control/runtime/kubernetes/kubeconfig.h"

#include "contracts/base/json.h"
#include "contracts/base/text.h"
#include "contracts/base/unique_fd.h"
#include "control/http/base64.h"
#include "control/yaml/yaml_document.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <optional>

namespace control::kubernetes {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::text_at;

namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::string_view kField = "KUBECONFIG";

std::unexpected<contracts::Error> refuse(std::string_view what, std::string_view next_step) {
    return fail(ErrorKind::fatal, what, kField, next_step);
}

// `list` holds {name, <kind>: {...}}; null where there is none of that name.
Json entry_of(const Json& document, const char* list, const char* kind, std::string_view name) {
    const auto found = document.find(list);
    if (found == document.end() || !found->is_array()) return {};
    for (const Json& entry : *found)
        if (entry.is_object() && text_at(entry, "name") == name)
            if (const auto value = entry.find(kind); value != entry.end() && value->is_object())
                return *value;
    return {};
}

std::string path_from(const std::string& directory, const std::string& path) {
    return path.starts_with('/') || directory.empty() ? path : directory + '/' + path;
}

// KEY-data in base64, or the file that KEY names; empty: neither.
Result<std::string> pem_of(const Json& entry, const std::string& key,
                           const std::string& directory) {
    if (const std::string data = text_at(entry, key + "-data"); !data.empty()) {
        std::optional<std::string> text = decode_base64(data);
        if (!text) return refuse(key + "-data is not base64", "write the file anew");
        return std::move(*text);
    }
    const std::string path = text_at(entry, key);
    if (path.empty()) return std::string();
    return read_small_file(path_from(directory, path));
}

Result<void> check_user(const Json& user) {
    for (const char* key : {"exec", "auth-provider"})
        if (user.contains(key))
            return refuse(std::string("the user's ") + key + " would start a program",
                          "give the daemon a service account and its token");
    if (user.contains("username") || user.contains("password"))
        return refuse("API servers take no passwords any more", "use a token or a certificate");
    return {};
}

Result<void> check_cluster(const Json& cluster, const Access& access) {
    if (!access.server.starts_with("https://"))
        return refuse("the server is not an https:// address: \"" + access.server + "\"",
                      "name the API server's https:// address");
    if (text_at(cluster, "insecure-skip-tls-verify") == "true")
        return refuse("insecure-skip-tls-verify would hand our token to anybody",
                      "give certificate-authority or certificate-authority-data");
    return {};
}

Result<Access> access_of(const Json& document, const std::string& directory) {
    const std::string current = text_at(document, "current-context");
    const Json context = entry_of(document, "contexts", "context", current);
    if (context.is_null())
        return refuse("has no context \"" + current + "\"", "set current-context to one it has");
    const Json cluster = entry_of(document, "clusters", "cluster", text_at(context, "cluster"));
    const Json user = entry_of(document, "users", "user", text_at(context, "user"));
    if (cluster.is_null() || user.is_null())
        return refuse("the context \"" + current + "\" names a cluster or a user that is not there",
                      "write the file anew");
    Access access{.server = text_at(cluster, "server"),
                  .tls = nullptr,
                  .token = text_at(user, "token"),
                  .token_file = text_at(user, "tokenFile"),
                  .name_space = text_at(context, "namespace")};
    if (!access.token_file.empty()) access.token_file = path_from(directory, access.token_file);
    while (access.server.ends_with('/'))
        access.server.pop_back();
    if (Result<void> checked = check_cluster(cluster, access); !checked) return checked.fault();
    if (Result<void> checked = check_user(user); !checked) return checked.fault();
    Result<std::string> authorities = pem_of(cluster, "certificate-authority", directory);
    if (!authorities) return authorities.fault();
    Result<std::string> certificate = pem_of(user, "client-certificate", directory);
    if (!certificate) return certificate.fault();
    Result<std::string> key = pem_of(user, "client-key", directory);
    if (!key) return key.fault();
    if (certificate->empty() != key->empty())
        return refuse("a client certificate needs its key", "name both");
    if (access.token.empty() && access.token_file.empty() && certificate->empty())
        return refuse("the user has neither a token nor a certificate", "give one");
    access.tls = std::make_shared<ClientTls>(ClientTls{.authorities = std::move(*authorities),
                                                       .certificate = std::move(*certificate),
                                                       .key = std::move(*key)});
    return access;
}

}  // namespace

Result<std::string> read_small_file(const std::string& path) {
    const contracts::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto failed = [&path] {
        contracts::Error error = contracts::system_error(errno, "read " + path);
        error.kind = ErrorKind::fatal;
        error.field = kField;
        return fail(std::move(error));
    };
    if (!file.valid()) return failed();
    std::string text(kMostBytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed();
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > kMostBytes) return refuse(path + " is larger than 1 MiB", "name another file");
    text.resize(size);
    return text;
}

Result<Access> read_kubeconfig(std::string_view text, const std::string& directory) {
    Result<Json> document = read_yaml_document(text);
    if (!document || !document->is_object())
        return refuse(document ? "is not a map" : document.error().message,
                      "name a file as `kubectl config view --raw` prints it");
    return access_of(*document, directory);
}

Result<Access> load_kubeconfig(const std::string& path) {
    if (path.find(':') != std::string::npos)
        return refuse("names several files: " + path, "name one file");
    Result<std::string> text = read_small_file(path);
    if (!text) return text.fault();
    const std::size_t slash = path.rfind('/');
    return read_kubeconfig(*text, slash == std::string::npos ? "" : path.substr(0, slash));
}

Result<Access> in_cluster_access(const std::string& host, const std::string& port,
                                 const std::string& account_directory) {
    if (host.empty() || port.empty())
        return refuse("is not set, and this is not a pod of a cluster",
                      "name a kubeconfig file, or run the daemon in the cluster");
    Result<std::string> authorities = read_small_file(account_directory + "/ca.crt");
    if (!authorities) return authorities.fault();
    Access access;
    // An IPv6 address stands in brackets.
    access.server =
        "https://" + (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' + port;
    access.tls = std::make_shared<ClientTls>(ClientTls{.authorities = std::move(*authorities)});
    access.token_file = account_directory + "/token";
    if (const Result<std::string> name_space = read_small_file(account_directory + "/namespace"))
        access.name_space = contracts::trimmed(*name_space);
    return access;
}

}  // namespace control::kubernetes
