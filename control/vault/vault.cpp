#include "control/vault/vault.h"

#include "contracts/base/unique_fd.h"
#include "contracts/base/write_all.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <vector>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
// The number of the only key so far. It precedes everything that was sealed under this key.
constexpr unsigned char kKeyNumber = 1;

using Bytes = std::vector<unsigned char>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::unexpected<Error> bad_key_file(const std::string& path, std::string_view what,
                                    std::string_view next_step) {
    return fail(ErrorKind::fatal, "the key of the secrets " + path + ' ' + std::string(what),
                "SECRETS_KEY_FILE", next_step);
}

std::unexpected<Error> cannot(const std::string& what, const std::string& path) {
    return bad_key_file(path, "cannot be read: " + system_error(errno, what).describe(),
                        "name another file, or make its directory accessible");
}

Result<void> check_file(int file, const std::string& path) {
    struct stat there{};
    if (::fstat(file, &there) != 0) return cannot("stat", path);
    if (!S_ISREG(there.st_mode))
        return bad_key_file(path, "is not a regular file", "name the file that has the key");
    if (there.st_uid != ::geteuid() && there.st_uid != 0)
        return bad_key_file(path, "belongs to another user", "chown it to the daemon's user");
    if ((there.st_mode & 077) != 0)
        return bad_key_file(path, "can be read by others",
                            "chmod 600 " + path + ", and consider that somebody may have read it");
    if (there.st_size != static_cast<off_t>(kKeyBytes))
        return bad_key_file(path, "does not have " + std::to_string(kKeyBytes) + " bytes",
                            "restore the key from its backup");
    return {};
}

Result<void> write_whole(int file, const unsigned char* bytes, const std::string& path) {
    const std::string_view key(reinterpret_cast<const char*>(bytes), kKeyBytes);
    if (!contracts::write_all(file, key)) return cannot("write", path);
    if (::fsync(file) != 0) return cannot("fsync", path);
    return {};
}

// The directory is synced as well, so that the new name outlives a loss of power.
void sync_directory_of(const std::string& path) {
    const UniqueFd directory(
        ::open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.valid()) (void)::fsync(directory.get());
}

// The file takes its name only when it is complete, and never replaces one that was created in the
// meantime.
Result<void> write_new_file(const unsigned char* bytes, const std::string& path) {
    const std::string aside = path + ".new";
    ::unlink(aside.c_str());
    const UniqueFd file(
        ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return cannot("create", path);
    Result<void> written = write_whole(file.get(), bytes, path);
    if (written && ::link(aside.c_str(), path.c_str()) != 0 && errno != EEXIST)
        written = cannot("create", path);
    ::unlink(aside.c_str());
    if (written) sync_directory_of(path);
    return written;
}

}  // namespace

void wipe(std::string& text) {
    sodium_memzero(text.data(), text.size());
    text.clear();
}

void Vault::Forget::operator()(unsigned char* key) const {
    sodium_free(key);
}

Result<Vault::Key> Vault::fresh_key() {
    if (::sodium_init() < 0) return fail(ErrorKind::fatal, "libsodium could not be initialised");
    Key key(static_cast<unsigned char*>(sodium_malloc(kKeyBytes)));
    if (!key)
        return fail(ErrorKind::fatal, "no locked memory is available for the key of the secrets");
    crypto_aead_xchacha20poly1305_ietf_keygen(key.get());
    return key;
}

Result<Vault> Vault::open_key(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.valid() && errno == ENOENT)
        return fail(ErrorKind::not_found, "the key of the secrets " + path + " does not exist",
                    "SECRETS_KEY_FILE", "restore it from its backup, or name the file that has it");
    if (!file.valid()) return cannot("open", path);
    if (Result<void> sound = check_file(file.get(), path); !sound) return sound.fault();
    Result<Key> key = fresh_key();
    if (!key) return key.fault();
    if (::read(file.get(), key->get(), kKeyBytes) != static_cast<ssize_t>(kKeyBytes))
        return cannot("read", path);
    return Vault(*std::move(key));
}

Result<Vault> Vault::make_key(const std::string& path) {
    Result<Key> key = fresh_key();
    if (!key) return key.fault();
    if (Result<void> written = write_new_file(key->get(), path); !written) return written.fault();
    return open_key(path);
}

std::string Vault::seal(std::string_view plain, std::string_view place) const {
    Bytes sealed(1 + kNonceBytes + plain.size() + kTagBytes);
    sealed[0] = kKeyNumber;
    unsigned char* nonce = sealed.data() + 1;
    randombytes_buf(nonce, kNonceBytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, bytes_of(plain),
                                               plain.size(), bytes_of(place), place.size(), nullptr,
                                               nonce, key_.get());
    std::string text(sodium_base64_encoded_len(sealed.size(), kBase64), '\0');
    sodium_bin2base64(text.data(), text.size(), sealed.data(), sealed.size(), kBase64);
    text.pop_back();  // its NUL
    return text;
}

Result<std::string> Vault::open(std::string_view sealed, std::string_view place) const {
    const auto refuse = [] {
        return fail(
            ErrorKind::fatal,
            "a sealed text cannot be opened: it was changed or moved, or sealed under another key");
    };
    if (sealed.empty()) return refuse();
    Bytes bytes(sealed.size());
    std::size_t size = 0;
    if (sodium_base642bin(bytes.data(), bytes.size(), sealed.data(), sealed.size(), nullptr, &size,
                          nullptr, kBase64) != 0 ||
        size < 1 + kNonceBytes + kTagBytes || bytes[0] != kKeyNumber)
        return refuse();
    const unsigned char* nonce = bytes.data() + 1;
    std::string plain(size - 1 - kNonceBytes - kTagBytes, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr, nonce + kNonceBytes,
            size - 1 - kNonceBytes, bytes_of(place), place.size(), nonce, key_.get()) != 0)
        return refuse();
    return plain;
}

}  // namespace control
