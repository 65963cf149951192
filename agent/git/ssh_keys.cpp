// SPDX-License-Identifier: MIT
#include "git/ssh_keys.hpp"

#include "envkeep/core/text.hpp"
#include "git/key_file.hpp"
#include "git/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace envkeep::git {
namespace {

// A key file, or a certificate, is a few KiB.
constexpr std::size_t largest_key = 256 * 1024;

// One IdentityFile.
struct Identity {
    std::string path;
    std::string blob;          // empty: not known without the private key
    std::string private_text;  // empty: there is none that can be used
    std::vector<std::string> certificates;
    bool is_taken = false;  // the agent holds it
};

class Gathering {
  public:
    Gathering(const SshSettings& settings, const SshSources& sources)
        : settings_(settings), sources_(sources) {}

    KeyRing run(const std::vector<AgentKey>& agent_keys) {
        for (const std::string& path : settings_.certificate_files) {
            read_certificate(path, true);
        }
        for (const std::string& path : settings_.identity_files) {
            read_identity(path);
        }
        take_agent_keys(agent_keys);
        for (const Identity& identity : identities_) {
            if (!identity.is_taken && !identity.private_text.empty()) {
                add(identity, shown(identity.path), identity.private_text);
            }
        }
        note_encrypted();
        return std::move(ring_);
    }

  private:
    [[nodiscard]] std::string shown(const std::string& path) const {
        return shown_path(path, sources_.home);
    }

    std::optional<std::string> read(const std::string& path, bool is_missing_told) {
        auto text = sources_.read(path);
        if (text && text->size() <= largest_key) {
            return *std::move(text);
        }
        if (text || text.error().kind != ErrorKind::not_found) {
            ring_.has_unreadable = true;
            ring_.notes.push_back(fmt::format(
                "{}: {}", shown(path), text ? "too large for a key" : text.error().message));
        } else if (is_missing_told) {
            ring_.notes.push_back(shown(path) + ": no such file");
        }
        return std::nullopt;
    }

    void read_certificate(const std::string& path, bool is_named) {
        const auto text = read(path, is_named);
        if (!text) {
            return;
        }
        if (auto key = read_public_key(*text)) {
            certificates_.push_back(std::move(key->blob));
        } else {
            ring_.notes.push_back(shown(path) + ": not a certificate");
        }
    }

    void read_identity(const std::string& path) {
        Identity identity{.path = path, .blob = {}, .private_text = {}, .certificates = {}};
        if (auto public_text = read(path + ".pub", false)) {
            if (auto key = read_public_key(*public_text)) {
                identity.blob = std::move(key->blob);
            }
        }
        if (auto text = read(path, settings_.has_own_identities && identity.blob.empty())) {
            use_file(identity, *std::move(text));
        } else if (identity.blob.empty()) {
            return;
        }
        read_certificate(path + "-cert.pub", false);
        for (const std::string& certificate : certificates_) {
            if (is_certificate_of(certificate, identity.blob)) {
                identity.certificates.push_back(certificate);
            }
        }
        identities_.push_back(std::move(identity));
    }

    void use_file(Identity& identity, std::string text) {
        KeyFile file = look_at_key_file(text);
        if (!file.public_blob.empty()) {
            identity.blob = std::move(file.public_blob);  // the private key's own word counts
        }
        switch (file.kind) {
            case KeyFileKind::open:
                identity.private_text = std::move(text);
                break;
            case KeyFileKind::encrypted:
                encrypted_.push_back(identities_.size());
                break;
            case KeyFileKind::public_key:
                return;  // names a key of the agent
            case KeyFileKind::putty:
                note_unreadable(identity.path, "in PuTTY's format, which ssh does not read");
                return;
            case KeyFileKind::unknown:
                note_unreadable(identity.path, "not a private key, or damaged");
                return;
        }
        note_mode(identity.path);
    }

    void note_unreadable(const std::string& path, std::string_view why) {
        ring_.has_unreadable = true;
        ring_.notes.push_back(fmt::format("{}: {}", shown(path), why));
    }

    // ssh leaves out what others may read; we do not, since many stores cannot keep modes.
    void note_mode(const std::string& path) {
        const auto mode = sources_.mode_of ? sources_.mode_of(path) : std::nullopt;
        if (mode && (*mode & 077U) != 0) {
            ring_.open_files.push_back(path);
            ring_.notes.push_back(fmt::format("{}: mode {}, which ssh itself refuses: chmod 600 {}",
                                              shown(path),
                                              octal(*mode & 07777U),
                                              shown(path)));
        }
    }

    void take_agent_keys(const std::vector<AgentKey>& agent_keys) {
        std::vector<const AgentKey*> others;
        for (const AgentKey& key : agent_keys) {
            const auto same = std::ranges::find(identities_, key.blob, &Identity::blob);
            if (same == identities_.end()) {
                others.push_back(&key);
            } else if (!same->is_taken) {
                same->is_taken = true;
                add(*same, fmt::format("agent: {}", shown(same->path)), {});
            }
        }
        for (const AgentKey* key : others) {
            const std::string name = fmt::format("agent: {}", key->comment);
            if (settings_.identities_only) {
                ring_.notes.push_back(
                    fmt::format("not offered, since IdentitiesOnly is set: {}", name));
            } else if (key_type(key->blob).starts_with("sk-")) {
                ring_.notes.push_back(fmt::format("not offered, since it needs a touch: {}", name));
            } else {
                add({.path = {}, .blob = key->blob, .private_text = {}, .certificates = {}},
                    name,
                    {});
            }
        }
    }

    void add(const Identity& identity, const std::string& name, const std::string& private_text) {
        for (const std::string& certificate : identity.certificates) {
            ring_.keys.push_back({.name = name,
                                  .blob = identity.blob,
                                  .private_text = private_text,
                                  .certificate = certificate});
        }
        ring_.keys.push_back(
            {.name = name, .blob = identity.blob, .private_text = private_text, .certificate = {}});
    }

    void note_encrypted() {
        for (const std::size_t index : encrypted_) {
            const Identity& identity = identities_[index];
            if (!identity.is_taken) {
                ring_.has_encrypted = true;
                ring_.notes.push_back(fmt::format("{}: needs a passphrase, and no agent holds it",
                                                  shown(identity.path)));
            }
        }
    }

    const SshSettings& settings_;
    const SshSources& sources_;
    KeyRing ring_;
    std::vector<std::string> certificates_;
    std::vector<Identity> identities_;
    std::vector<std::size_t> encrypted_;  // of identities_
};

}  // namespace

std::string OfferedKey::text() const {
    const std::string_view shown = certificate.empty() ? blob : certificate;
    if (shown.empty()) {
        return name;
    }
    return fmt::format("{} {} ({})", name, fingerprint(blob), printable(key_type(shown)));
}

std::optional<SshError> nothing_to_offer(const KeyRing& ring, const std::string& who) {
    if (!ring.keys.empty()) {
        return std::nullopt;
    }
    SshError error{.stage = SshStage::authentication,
                   .failure = SshFailure::no_key,
                   .message = fmt::format("there is no key to offer to {}", who),
                   .evidence = {}};
    if (ring.has_encrypted) {
        error.failure = SshFailure::key_encrypted;
        error.message = fmt::format("the keys for {} need a passphrase", who);
    } else if (ring.has_unreadable) {
        error.failure = SshFailure::key_unreadable;
        error.message = fmt::format("the keys for {} cannot be read", who);
    }
    return error;
}

KeyRing gather_keys(const SshSettings& settings,
                    const SshSources& sources,
                    const std::vector<AgentKey>& agent_keys) {
    return Gathering(settings, sources).run(agent_keys);
}

std::string shown_path(const std::string& absolute, const std::string& home) {
    if (!home.empty() && is_path_within(absolute, home)) {
        return printable("~" + absolute.substr(home.size()));
    }
    return printable(absolute);
}

}  // namespace envkeep::git
