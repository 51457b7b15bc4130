#include "control/forge/github/app_key.h"

#include "contracts/base/json.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace control::github {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr const char* kSetting = "GITHUB_APP_KEY_FILE";
constexpr std::size_t kMostKeyBytes = 32 << 10;

std::unexpected<contracts::Error> bad_key(const std::string& path, std::string_view what,
                                          std::string_view next_step) {
    return fail(ErrorKind::fatal, "the GitHub App's key " + path + ' ' + std::string(what),
                kSetting, next_step);
}

Result<std::string> read_key_file(const std::string& path) {
    const contracts::UniqueFd file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat there{};
    if (!file.valid() || ::fstat(file.get(), &there) != 0)
        return bad_key(path, "cannot be opened: " + contracts::system_error(errno, "open").message,
                       "name the key file that GitHub generated for the App");
    if (!S_ISREG(there.st_mode) || there.st_size > static_cast<off_t>(kMostKeyBytes))
        return bad_key(path, "is not a key file", "name the .pem file that GitHub generated");
    if ((there.st_mode & 077) != 0)
        return bad_key(path, "can be read by others",
                       "chmod 600 " + path + ", and create a new key if somebody may have read it");
    std::string text(static_cast<std::size_t>(there.st_size), '\0');
    if (::read(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return bad_key(path, "cannot be read completely", "try again");
    return text;
}

// OpenSSL must not ask for a password at a terminal.
int no_password(char*, int, int, void*) {
    return 0;
}

std::string base64_url(const unsigned char* bytes, std::size_t size) {
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes,
                                       static_cast<int>(size));
    text.resize(static_cast<std::size_t>(length));
    while (!text.empty() && text.back() == '=')
        text.pop_back();
    for (char& c : text)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

std::string base64_url(std::string_view text) {
    return base64_url(reinterpret_cast<const unsigned char*>(text.data()), text.size());
}

}  // namespace

Result<AppKey> AppKey::load(const std::string& path) {
    Result<std::string> text = read_key_file(path);
    if (!text) return fail(std::move(text.error()));
    Key key;
    if (BIO* memory = BIO_new_mem_buf(text->data(), static_cast<int>(text->size()))) {
        key = Key(PEM_read_bio_PrivateKey(memory, nullptr, &no_password, nullptr), &EVP_PKEY_free);
        BIO_free(memory);
    }
    OPENSSL_cleanse(text->data(), text->size());
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
        return bad_key(path, "does not contain an RSA private key without a password",
                       "name the .pem file that GitHub generated");
    return AppKey(std::move(key));
}

Result<std::string> AppKey::token(const std::string& app_id, contracts::Timestamp now) const {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const contracts::Json claims{{"iat", seconds - 60}, {"exp", seconds + 540}, {"iss", app_id}};
    const std::string signed_part = base64_url(R"({"alg":"RS256","typ":"JWT"})") + '.' +
                                    base64_url(contracts::dump_json(claims));
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t size = signature.size();
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       reinterpret_cast<const unsigned char*>(signed_part.data()),
                       signed_part.size()) != 1)
        return fail(ErrorKind::fatal, "OpenSSL cannot sign with the GitHub App's key", kSetting);
    signature.resize(size);
    return signed_part + '.' + base64_url(signature);
}

}  // namespace control::github
