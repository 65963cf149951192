// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/scope.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/manifest/glob.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/store/secret_paths.hpp"
#include "envkeep/system/temporary_name.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace envkeep::snapshot {
namespace {

using system::Kind;

constexpr std::uint32_t readable_by_all = 0004;

struct Rule {
    std::string_view path;
    Omission why;
};

// Folders and files that each machine, or each start of it, has of its own.
constexpr auto machine_rules = std::to_array<Rule>({
    {"dev", Omission::runtime},
    {"etc/.pwd.lock", Omission::runtime},
    {"etc/apt/auth.conf", Omission::secret},
    {"etc/apt/auth.conf.d", Omission::secret},
    {"etc/gshadow", Omission::secret},
    {"etc/gshadow-", Omission::secret},
    {"etc/hostname", Omission::runtime},
    {"etc/hosts", Omission::runtime},
    {"etc/ld.so.cache", Omission::runtime},
    {"etc/mtab", Omission::runtime},
    {"etc/profile.d/envkeep.sh", Omission::ours},
    {"etc/resolv.conf", Omission::runtime},
    {"etc/shadow", Omission::secret},
    {"etc/shadow-", Omission::secret},
    {"opt/conda/pkgs", Omission::cache},
    {"proc", Omission::runtime},
    {"run", Omission::runtime},
    {"sys", Omission::runtime},
    {"tmp", Omission::runtime},
    {"usr/local/nvidia", Omission::driver},
    {"var/cache", Omission::cache},
    {"var/lib/apt/lists", Omission::cache},
    {"var/lib/dpkg/lock", Omission::runtime},
    {"var/lib/dpkg/lock-frontend", Omission::runtime},
    {"var/log", Omission::runtime},
    {"var/tmp", Omission::runtime},
});

// The same below the home.
constexpr auto home_rules = std::to_array<Rule>({
    {".bash_history", Omission::runtime},
    {".cache", Omission::cache},
    {".cargo/registry", Omission::cache},
    {".conda/pkgs", Omission::cache},
    {".envkeep-aside", Omission::ours},
    {".envkeep-state", Omission::ours},
    {".fastai", Omission::cache},
    {".ipython/profile_default/db", Omission::runtime},
    {".ipython/profile_default/history.sqlite", Omission::runtime},
    {".ipython/profile_default/log", Omission::runtime},
    {".ipython/profile_default/pid", Omission::runtime},
    {".ipython/profile_default/security", Omission::runtime},
    {".keras/datasets", Omission::cache},
    {".lesshst", Omission::runtime},
    {".local/share/Trash", Omission::cache},
    {".local/share/jupyter/nbsignatures.db", Omission::runtime},
    {".local/share/jupyter/runtime", Omission::runtime},
    {".npm/_cacache", Omission::cache},
    {".npm/_logs", Omission::runtime},
    {".npm/_update-notifier-last-checked", Omission::runtime},
    {".nv", Omission::cache},
    {".python_history", Omission::runtime},
    {".torch", Omission::cache},
    {".triton", Omission::cache},
    {".viminfo", Omission::runtime},
    {".vscode-server/bin", Omission::cache},
    {".vscode-server/data/logs", Omission::runtime},
    {"anaconda3/pkgs", Omission::cache},
    {"go/pkg/mod/cache", Omission::cache},
    {"mambaforge/pkgs", Omission::cache},
    {"micromamba/pkgs", Omission::cache},
    {"miniconda3/pkgs", Omission::cache},
    {"miniforge3/pkgs", Omission::cache},
});

// The NVIDIA container runtime puts these into the loader's own folders, by mounts and links.
constexpr auto loader_folders = std::to_array<std::string_view>({
    "lib",
    "lib/x86_64-linux-gnu",
    "lib64",
    "usr/lib",
    "usr/lib/x86_64-linux-gnu",
    "usr/lib64",
    "usr/local/lib",
});
constexpr auto driver_names = std::to_array<std::string_view>({
    "libEGL_nvidia.",
    "libGLESv1_CM_nvidia.",
    "libGLESv2_nvidia.",
    "libGLX_nvidia.",
    "libcuda.so",
    "libcudadebugger.so",
    "libnvcuvid.so",
    "libnvidia-",
    "libnvoptix.so",
    "libvdpau_nvidia.so",
});

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

Omission by_rules(std::span<const Rule> rules, std::string_view path) {
    const auto found = std::ranges::find_if(
        rules, [&](const Rule& rule) { return is_path_within(path, rule.path); });
    return found == rules.end() ? Omission::none : found->why;
}

bool is_driver(std::string_view path) {
    return std::ranges::find(loader_folders, folder_of(path)) != loader_folders.end() &&
           std::ranges::any_of(driver_names, [&](std::string_view start) {
               return name_of(path).starts_with(start);
           });
}

std::optional<std::string_view> below(std::string_view path, std::string_view folder) {
    if (folder.empty() || !is_path_within(path, folder)) {
        return std::nullopt;
    }
    return path.substr(std::min(folder.size() + 1, path.size()));
}

// What other accounts have in their homes is as private as what lies in this one's.
std::optional<std::string_view> below_any_home(std::string_view path, std::string_view home) {
    if (const auto below_this = below(path, home)) {
        return below_this;
    }
    if (const auto below_roots = below(path, "root")) {
        return below_roots;
    }
    const std::optional<std::string_view> below_homes = below(path, "home");
    if (!below_homes || below_homes->find('/') == std::string_view::npos) {
        return std::nullopt;
    }
    return below_homes->substr(below_homes->find('/') + 1);
}

bool is_within_any(std::string_view path, const std::vector<std::string>& folders) {
    return std::ranges::any_of(
        folders, [&](const std::string& folder) { return is_path_within(path, folder); });
}

Omission in_home(std::string_view below_home, bool with_secrets) {
    if (const Omission why = by_rules(home_rules, below_home); why != Omission::none) {
        return why;
    }
    const bool is_secret = is_path_within(below_home, ".ssh") || store::is_secret_path(below_home);
    return is_secret && !with_secrets ? Omission::secret : Omission::none;
}

// Of "me:password@host" or "TOKEN@host", behind "://". The user "git" is nobody's secret, and a
// name alone is one only where servers take it for a token.
bool has_credentials(std::string_view scheme, std::string_view authority) {
    const std::size_t sign = authority.rfind('@');
    if (sign == std::string_view::npos) {
        return false;
    }
    const std::string_view user = authority.substr(0, sign);
    const bool is_web = scheme.ends_with("http") || scheme.ends_with("https");
    return user.find(':') != std::string_view::npos || (is_web && !user.empty() && user != "git");
}

// An address with credentials. Code has them as examples.
bool holds_credentials(std::string_view head) {
    constexpr std::string_view separator = "://";
    for (std::size_t at = head.find(separator); at != std::string_view::npos;
         at = head.find(separator, at + separator.size())) {
        const std::string_view rest = head.substr(at + separator.size());
        if (has_credentials(head.substr(0, at),
                            rest.substr(0, rest.find_first_of("/ \t\r\n\"'")))) {
            return true;
        }
    }
    return false;
}

// Behind white space, and what JSON and shells write for the end of a line.
std::string_view next_line_of(std::string_view text) {
    while (!text.empty()) {
        const bool is_escaped = text.starts_with("\\n") || text.starts_with("\\r");
        if (!is_escaped && std::string_view(" \t\r\n\\").find(text[0]) == std::string_view::npos) {
            break;
        }
        text.remove_prefix(is_escaped ? 2 : 1);
    }
    return text;
}

// Programs that read and write keys hold the line that begins one, but no key behind it.
bool holds_private_key(std::string_view head) {
    constexpr std::string_view line = "PRIVATE KEY-----";
    constexpr std::string_view base64 =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    constexpr std::size_t shortest = 32;
    for (std::size_t at = head.find(line); at != std::string_view::npos;
         at = head.find(line, at + line.size())) {
        const std::string_view key = next_line_of(head.substr(at + line.size()));
        if (key.starts_with("Proc-Type:") ||
            std::min(key.find_first_not_of(base64), key.size()) >= shortest) {
            return true;
        }
    }
    return false;
}

// Where addresses with passwords and tokens are usual, whoever may read it.
bool is_known_configuration(std::string_view path) {
    constexpr auto names = std::to_array<std::string_view>({".condarc",
                                                            ".gitconfig",
                                                            ".npmrc",
                                                            "condarc",
                                                            "gitconfig",
                                                            "npmrc",
                                                            "pip.conf",
                                                            "uv.toml"});
    const bool is_of_git =
        name_of(path) == "config" &&
        (path.starts_with(".git/") || path.find("/.git/") != std::string_view::npos);
    return is_of_git || is_path_within(path, "etc/apt") ||
           std::ranges::find(names, name_of(path)) != names.end();
}

// No code, which is captured even where a umask keeps all from others.
bool is_configuration_by_name(std::string_view name) {
    constexpr auto endings = std::to_array<std::string_view>(
        {".cfg", ".cnf", ".conf", ".env", ".ini", ".toml", ".yaml", ".yml"});
    return name.starts_with('.') || std::ranges::any_of(endings, [&](std::string_view ending) {
               return name.ends_with(ending);
           });
}

// What programs read their variables from, API keys among them: those look like any other word.
bool holds_variables(std::string_view name) {
    const bool is_env = name == ".env" || name.starts_with(".env.") || name.starts_with(".env-") ||
                        name.starts_with(".env_");
    return is_env || name == ".envrc" || name.ends_with(".env");
}

}  // namespace

Omission Scope::omission_of(std::string_view path, Kind kind) const {
    if (kind == Kind::other) {
        return Omission::runtime;
    }
    if (is_within_any(path, stores)) {
        return Omission::store;
    }
    if (is_within_any(path, kept)) {
        return Omission::kept;
    }
    const std::optional<std::string_view> below_home = below(path, home);
    const auto fits = [&](const std::string& pattern) {
        return manifest::fits(pattern, path) ||
               (below_home && manifest::fits(pattern, *below_home));
    };
    if (std::ranges::any_of(excluded, fits)) {
        return Omission::excluded;
    }
    if (system::is_temporary_name(name_of(path))) {
        return Omission::ours;
    }
    if (store::is_secret_name(name_of(path)) && !with_secrets) {
        return Omission::secret;
    }
    // Wherever the home lies, be it below /tmp.
    if (const auto private_path = below_any_home(path, home)) {
        return in_home(*private_path, with_secrets);
    }
    if (is_driver(path)) {
        return Omission::driver;
    }
    const Omission why = by_rules(machine_rules, path);
    return why == Omission::secret && with_secrets ? Omission::none : why;
}

std::vector<std::string> usual_roots(const std::string& home) {
    std::vector<std::string> roots{"bin",
                                   "etc",
                                   "home",
                                   "lib",
                                   "lib32",
                                   "lib64",
                                   "opt",
                                   "root",
                                   "sbin",
                                   "srv",
                                   "usr",
                                   "var/lib"};
    const bool is_covered = std::ranges::any_of(
        roots, [&](const std::string& root) { return is_path_within(home, root); });
    if (!is_covered && !home.empty()) {
        roots.push_back(home);
    }
    return roots;
}

std::vector<std::string> without_nested(std::vector<std::string> roots) {
    std::ranges::sort(roots, comes_before);
    // What lies in a folder comes right after it.
    const auto is_in = [](const std::string& outer, const std::string& inner) {
        return is_path_within(inner, outer);
    };
    roots.erase(std::unique(roots.begin(), roots.end(), is_in), roots.end());
    return roots;
}

bool may_show_secret(std::string_view path, const system::Status& status) {
    constexpr std::uint64_t largest = std::uint64_t{64} << 10U;
    return status.kind == Kind::file && status.size <= largest &&
           ((status.mode & readable_by_all) == 0 || is_known_configuration(path));
}

bool shows_secret(std::string_view path, std::string_view head) {
    if (holds_private_key(head)) {
        return true;
    }
    if (path.ends_with("npmrc") && head.find("_authToken") != std::string_view::npos) {
        return true;
    }
    // As anaconda.org writes a token into the address of a channel.
    if (path.ends_with("condarc") && head.find("/t/") != std::string_view::npos) {
        return true;
    }
    return (is_known_configuration(path) || is_configuration_by_name(name_of(path))) &&
           holds_credentials(head);
}

bool is_secret(std::string_view path,
               const system::Status& status,
               const system::Place& place,
               system::FileReader& files) {
    constexpr std::size_t head_size = std::size_t{64} << 10U;
    if (!may_show_secret(path, status)) {
        return false;
    }
    if ((status.mode & readable_by_all) == 0 && holds_variables(name_of(path))) {
        return true;
    }
    const Result<std::string> head = files.read_head(place, head_size);
    return head && shows_secret(path, *head);
}

}  // namespace envkeep::snapshot
