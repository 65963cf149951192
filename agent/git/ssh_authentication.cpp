// SPDX-License-Identifier: MIT
#include "git/ssh_authentication.hpp"

#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"
#include "git/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace envkeep::git {
namespace {

// For the list of keys: an agent has it at hand. A signature may wait for the agent's user.
constexpr std::chrono::seconds agent_patience(3);

// What libssh2 hands to its callback for signatures.
struct Signer {
    SshAgent* agent = nullptr;  // none: only the algorithm is to be learned
    const OfferedKey* key = nullptr;
    SteadyTime deadline;
    std::string algorithm;
    std::string refusal;  // of the agent
};

// The name of the algorithm, in what a client signs (RFC 4252 7).
std::string algorithm_in(std::string_view data) {
    WireReader reader(data);
    static_cast<void>(reader.string());  // session
    static_cast<void>(reader.byte());
    static_cast<void>(reader.string() && reader.string() && reader.string());
    static_cast<void>(reader.byte());
    return std::string(reader.string().value_or(std::string_view{}));
}

int sign(LIBSSH2_SESSION* /*session*/,
         unsigned char** signature,
         std::size_t* size,
         const unsigned char* data,
         std::size_t data_size,
         void** abstract) {
    Signer& signer = *static_cast<Signer*>(*abstract);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    const std::string_view bytes(reinterpret_cast<const char*>(data), data_size);
    signer.algorithm = algorithm_in(bytes);
    if (signer.agent == nullptr || signer.algorithm == "ssh-rsa") {
        return LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
    }
    const auto made =
        signer.agent->sign(signer.key->blob, bytes, signer.algorithm, signer.deadline);
    if (!made) {
        signer.refusal = made.error().message;
        return LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
    }
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,hicpp-no-malloc): libssh2 frees it so
    *signature = static_cast<unsigned char*>(std::malloc(made->size()));
    if (*signature == nullptr) {
        return LIBSSH2_ERROR_ALLOC;
    }
    std::memcpy(*signature, made->data(), made->size());
    *size = made->size();
    return 0;
}

bool is_rsa(const OfferedKey& key) {
    return key_type(key.blob) == "ssh-rsa";
}

}  // namespace

KeyRing Authentication::gather() {
    std::vector<AgentKey> held;
    std::string note;
    if (!target_.settings.identity_agent.empty()) {
        const auto deadline = std::chrono::steady_clock::now() + agent_patience;
        auto agent = SshAgent::connect(sources_.network, target_.settings.identity_agent);
        auto keys = agent ? agent->keys(deadline) : tl::unexpected(agent.error());
        if (keys) {
            held = *std::move(keys);
            note = held.empty() ? "the agent holds no key" : "";
            agent_ = *std::move(agent);
        } else {
            note = "the agent does not help: " + keys.error().message;
        }
    }
    KeyRing ring = gather_keys(target_.settings, sources_, held);
    if (!note.empty()) {
        ring.notes.push_back(std::move(note));
    }
    return ring;
}

SshResult<std::string> Authentication::run(SshLink& link) {
    is_without_rsa_ = takes_no_rsa_;
    offered_.clear();
    auto open = is_open_to_all(link);
    const KeyRing ring = gather();
    if (!open) {
        return tl::unexpected(std::move(open).error());
    }
    if (*open) {
        return "none";
    }
    for (const OfferedKey& key : ring.keys) {
        if (is_without_rsa_ && is_rsa(key)) {
            offered_.push_back("not offered, since the server takes no keys of this type: " +
                               key.text());
            continue;
        }
        auto accepted = try_key(link, key);
        if (!accepted) {
            if (!link.last_words().empty()) {
                offered_.push_back("offered: " + key.text());
            }
            return tl::unexpected(ended(std::move(accepted).error(), ring));
        }
        if (*accepted) {
            return key.name;
        }
        if (needs_new_session()) {
            break;
        }
    }
    return tl::unexpected(refused(link, ring));
}

// Some servers let in whoever names himself; the others say by what they would let in.
SshResult<bool> Authentication::is_open_to_all(SshLink& link) {
    const std::string& user = target_.settings.user;
    auto asked = link.run([&]() -> long {
        const char* const methods = ::libssh2_userauth_list(
            link.session(), user.c_str(), static_cast<unsigned>(user.size()));
        if (methods != nullptr) {
            methods_ = methods;
            return 0;
        }
        return ::libssh2_userauth_authenticated(link.session()) == 1
                   ? 0
                   : ::libssh2_session_last_errno(link.session());
    });
    if (!asked) {
        return tl::unexpected(std::move(asked).error());
    }
    if (*asked != 0) {
        return tl::unexpected(link.error_of(*asked));
    }
    return ::libssh2_userauth_authenticated(link.session()) == 1;
}

// Of a file's RSA key it is asked first how the server wants it signed: libssh2 would also take
// SHA-1.
SshResult<bool> Authentication::try_key(SshLink& link, const OfferedKey& key) {
    if (is_rsa(key) && !key.private_text.empty()) {
        auto probed = offer(link, key, true);
        if (!probed) {
            return tl::unexpected(std::move(probed).error());
        }
        if (*probed != 0) {
            return false;
        }
    }
    auto outcome = offer(link, key, false);
    if (!outcome) {
        return tl::unexpected(std::move(outcome).error());
    }
    return *outcome == 0;
}

// Zero: accepted; of a probe: the key would be, if it signs.
SshResult<long> Authentication::offer(SshLink& link, const OfferedKey& key, bool is_probe) {
    const std::string& user = target_.settings.user;
    const std::string& shown = key.certificate.empty() ? key.blob : key.certificate;
    Signer signer{.agent = is_probe || !agent_ ? nullptr : &*agent_,
                  .key = &key,
                  .deadline = link.deadline(),
                  .algorithm = {},
                  .refusal = {}};
    void* abstract = &signer;
    const std::string certificate_line =
        key.certificate.empty() ? std::string()
                                : fmt::format("{} {}", key_type(shown), base64_encoded(shown));
    auto outcome = link.run([&]() -> long {
        if (is_probe || key.private_text.empty()) {
            return ::libssh2_userauth_publickey(
                link.session(),
                user.c_str(),
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
                reinterpret_cast<const unsigned char*>(shown.data()),
                shown.size(),
                &sign,
                &abstract);
        }
        return ::libssh2_userauth_publickey_frommemory(
            link.session(),
            user.c_str(),
            user.size(),
            certificate_line.empty() ? nullptr : certificate_line.c_str(),
            certificate_line.size(),
            key.private_text.c_str(),
            key.private_text.size(),
            nullptr);
    });
    if (!outcome || *outcome == 0) {
        return outcome;
    }
    if (is_probe && signer.algorithm.starts_with("rsa-sha2-")) {
        return 0;
    }
    std::string what;
    if (*outcome == LIBSSH2_ERROR_METHOD_NONE) {
        takes_no_rsa_ = true;
        what = "the server takes no keys of this type";
    } else if (signer.algorithm == "ssh-rsa") {
        has_sha1_only_ = true;
        what = "the server takes it only with a SHA-1 signature";
    } else if (!signer.refusal.empty()) {
        what = "the agent does not sign with it: " + signer.refusal;
    } else if (*outcome != LIBSSH2_ERROR_AUTHENTICATION_FAILED &&
               *outcome != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) {
        what = link.error_of(*outcome).message;
    }
    offered_.push_back(what.empty() ? "offered: " + key.text()
                                    : fmt::format("offered: {}: {}", key.text(), what));
    return outcome;
}

SshError Authentication::refused(const SshLink& link, const KeyRing& ring) const {
    const std::string who = fmt::format("{}@{}", printable(target_.settings.user), link.name());
    SshError error =
        link.error(SshFailure::key_refused, fmt::format("{} accepts none of the keys here", who));
    if (methods_.find("publickey") == std::string::npos) {
        error.message = fmt::format("{} does not take keys, only: {}", who, printable(methods_));
    } else if (has_sha1_only_) {
        error.failure = SshFailure::no_common_algorithm;
        error.message = fmt::format(
            "{} takes RSA keys only with SHA-1 signatures, which are disabled today", who);
    } else if (auto nothing = nothing_to_offer(ring, who)) {
        error = *std::move(nothing);
    }
    add_evidence(error, ring);
    // OpenSSH's server does not say so: it names all types that it was built with.
    if (error.failure == SshFailure::key_refused && !ring.keys.empty() &&
        std::ranges::none_of(ring.keys, [](const OfferedKey& key) {
            return key_type(key.blob).find("ed25519") != std::string::npos;
        })) {
        error.evidence.emplace_back(
            "a server may take no keys of such a type, whoever owns them: `ssh-keygen -t ed25519` "
            "makes one of the type that most take");
    }
    return error;
}

// A server that has seen enough keys ends the connection instead of refusing one more.
SshError Authentication::ended(SshError error, const KeyRing& ring) const {
    if (error.failure == SshFailure::closed_by_peer && !offered_.empty()) {
        error.failure = SshFailure::key_refused;
    }
    add_evidence(error, ring);
    return error;
}

void Authentication::add_evidence(SshError& error, const KeyRing& ring) const {
    error.evidence.insert(error.evidence.end(), offered_.begin(), offered_.end());
    error.evidence.insert(error.evidence.end(), ring.notes.begin(), ring.notes.end());
}

}  // namespace envkeep::git
