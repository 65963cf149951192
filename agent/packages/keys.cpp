// SPDX-License-Identifier: MIT
#include "envkeep/packages/keys.hpp"

#include "envkeep/core/digest.hpp"
#include "envkeep/core/text.hpp"
#include "packages/taking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

namespace envkeep::packages {
namespace {

constexpr std::size_t key_digits = 16;
constexpr std::uint64_t largest_status = std::uint64_t{128} << 20U;

std::string value_of(const Keys& keys, const std::string& key) {
    const auto found = keys.find(key);
    return found == keys.end() ? std::string{} : found->second;
}

std::string first_number(std::string_view version) {
    return std::string(version.substr(0, version.find('.')));
}

// "3.11" of ".../lib/python3.11/site-packages"; Debian's "python3" is of the one in /usr/bin.
std::string minor_of(const Inventory& inventory, const std::string& place) {
    const std::string folder = parent_of(place);
    const std::string_view name = name_of(folder);
    if (name.starts_with("python3.")) {
        return std::string(name.substr(6));
    }
    for (const Runtime& runtime : inventory.base.runtimes) {
        if (runtime.language == "python" && runtime.path.starts_with("/usr/bin/")) {
            return runtime.version;
        }
    }
    return {};
}

// The tag of the interpreter that belongs to a site directory, or of any other of that version.
std::string abi_of(const Inventory& inventory, const std::string& place, const std::string& minor) {
    const std::string prefix = parent_of(parent_of(parent_of(place)));
    std::string found;
    for (const Runtime& runtime : inventory.base.runtimes) {
        if (runtime.language != "python" || runtime.version != minor || runtime.abi.empty()) {
            continue;
        }
        if (parent_of(parent_of(runtime.path)) == prefix) {
            return runtime.abi;
        }
        if (found.empty()) {
            found = runtime.abi;
        }
    }
    return found;
}

void add_pythons(const Inventory& inventory, Keys& keys) {
    for (const Package& package : inventory.packages) {
        if (package.domain != Domain::python) {
            continue;
        }
        const std::string minor = minor_of(inventory, package.place);
        const std::string key = "python " + package.place;
        if (!minor.empty() && !keys.contains(key)) {
            keys[key] = std::string(trimmed(minor + ' ' + abi_of(inventory, package.place, minor)));
        }
        if (package.name == "jupyterlab") {
            keys["lab"] = first_number(package.version);
        }
    }
    // An image without packages for an interpreter still has the interpreter.
    for (const Runtime& runtime : inventory.base.runtimes) {
        if (runtime.language == "python") {
            keys["interpreter " + runtime.version] = runtime.abi;
        }
    }
}

// Of the packages that the image brings: a prefix that the session made has none, and fits
// anywhere.
void add_condas(const Inventory& inventory, Keys& keys) {
    std::map<std::string, std::string> texts;
    for (const Package& package : inventory.packages) {
        if (package.domain == Domain::conda) {
            std::string& text = texts[package.place];
            if (package.origin != Origin::session) {
                text += package.name + '=' + package.version + '=' + package.build + '\n';
            }
        }
    }
    for (const auto& [place, text] : texts) {
        keys["conda " + place] =
            text.empty() ? "session" : digest_of(text).text().substr(0, key_digits);
    }
}

// Debian's comes without the header that tells the version.
std::string node_version(const Inventory& inventory, const Runtime& runtime) {
    if (!runtime.version.empty() || runtime.path != "/usr/bin/node") {
        return first_number(runtime.version);
    }
    const auto debians = std::ranges::find_if(inventory.packages, [](const Package& package) {
        return package.domain == Domain::apt && package.name == "nodejs";
    });
    if (debians == inventory.packages.end()) {
        return {};
    }
    return first_number(debians->version.substr(debians->version.find(':') + 1));
}

void add_nodes(const Inventory& inventory, const std::string& node, Keys& keys) {
    for (const Runtime& runtime : inventory.base.runtimes) {
        if (runtime.language != "node") {
            continue;
        }
        const std::string version = node_version(inventory, runtime);
        keys["npm " + parent_of(parent_of(runtime.path)) + "/lib/node_modules"] = version;
        if (runtime.path == node) {
            keys["node"] = version;
        }
    }
    for (const Package& package : inventory.packages) {
        const std::string key = "npm " + package.place;
        if (package.domain == Domain::npm && value_of(keys, key).empty()) {
            keys[key] = value_of(keys, "node");
        }
    }
}

void add_others(const Inventory& inventory, Keys& keys) {
    for (const Package& package : inventory.packages) {
        // "R 4.2.2": libraries are built for a minor version.
        if (package.domain == Domain::r && package.build.starts_with("R ")) {
            keys["r"] = package.build.substr(0, package.build.rfind('.'));
        }
    }
}

// Whether version `one` is older than `other`, number by number.
bool is_older(std::string_view one, std::string_view other) {
    const auto numbers = [](std::string_view text) {
        std::vector<unsigned> out;
        for (const std::string_view part : split(text, '.')) {
            unsigned number = 0;
            static_cast<void>(std::from_chars(part.begin(), part.end(), number));
            out.push_back(number);
        }
        return out;
    };
    return numbers(one) < numbers(other);
}

Fit no(std::string reason) {
    return {.fits = false, .reason = std::move(reason)};
}

Fit fits_machine(const Keys& then, const Keys& now) {
    const std::string machine = value_of(then, "machine");
    const std::string machine_now = value_of(now, "machine");
    if (!machine.empty() && !machine_now.empty() && machine != machine_now) {
        return no(fmt::format("made for {}, here is {}", machine, machine_now));
    }
    const std::string libc = value_of(then, "libc");
    const std::string libc_now = value_of(now, "libc");
    constexpr std::string_view glibc = "glibc-";
    if (libc.empty() || libc_now.empty() || libc == libc_now) {
        return {};
    }
    if (!libc.starts_with(glibc) || !libc_now.starts_with(glibc)) {
        return no(fmt::format("made with {}, here is {}", libc, libc_now));
    }
    // Programs need the libc they were made with, or a later one.
    if (is_older(std::string_view(libc_now).substr(glibc.size()),
                 std::string_view(libc).substr(glibc.size()))) {
        return no(fmt::format("made with {}, here is the older {}", libc, libc_now));
    }
    return {};
}

Fit fits_python(const Keys& then, const Keys& now, const std::string& place) {
    if (Fit machine = fits_machine(then, now); !machine.fits) {
        return machine;
    }
    const std::string key = "python " + place;
    const std::string wanted = value_of(then, key);
    const std::string minor = wanted.substr(0, wanted.find(' '));
    if (const std::string here = value_of(now, key); !here.empty()) {
        const bool has_both_tags =
            wanted.find(' ') != std::string::npos && here.find(' ') != std::string::npos;
        if (wanted == here || (!has_both_tags && minor == here.substr(0, here.find(' ')))) {
            return {};
        }
        return no(fmt::format("made for Python {}, here is {}", wanted, here));
    }
    return now.contains("interpreter " + minor)
               ? Fit{}
               : no(fmt::format("made for Python {}, which is not here", minor));
}

// One value that must be the same where it is known what it was.
Fit fits_equal(const std::string& wanted, const std::string& here, std::string_view name) {
    if (wanted.empty() || wanted == here) {
        return {};
    }
    return here.empty() ? no(fmt::format("made for {} {}, which is not here", name, wanted))
                        : no(fmt::format("made for {} {}, here is {}", name, wanted, here));
}

// An image that has no modules there yet runs them with the Node.js of its PATH.
Fit fits_npm(const Keys& then, const Keys& now, const std::string& key) {
    const std::string here = value_of(now, key);
    return fits_equal(value_of(then, key), here.empty() ? value_of(now, "node") : here, "Node.js");
}

Fit fits_conda(const Keys& then, const Keys& now, const std::string& place) {
    if (Fit machine = fits_machine(then, now); !machine.fits) {
        return machine;
    }
    const std::string wanted = value_of(then, "conda " + place);
    if (wanted == "session") {
        // One that a restore has begun to bring is no image's.
        const std::string here = value_of(now, "conda " + place);
        return !here.empty() && here != wanted
                   ? no("the image brings an environment of its own there")
                   : Fit{};
    }
    return !wanted.empty() && wanted == value_of(now, "conda " + place)
               ? Fit{}
               : no("the image's environment there is another one");
}

}  // namespace

std::string dpkg_status_digest(system::FileReader& files) {
    const auto root = files.open_root("/");
    const auto path = RelPath::parse("var/lib/dpkg/status");
    if (!root || !path) {
        return {};
    }
    const auto text = files.read_file({.root = *root, .path = *path}, largest_status);
    return text ? digest_of(*text).text().substr(0, key_digits) : std::string{};
}

std::string program_on_path(const system::Machine& machine, std::string_view name) {
    const std::string path = machine.variable("PATH").value_or(std::string());
    for (const std::string_view folder : split(path, ':')) {
        const std::string program = fmt::format("{}/{}", folder, name);
        if (folder.starts_with('/') && machine.exists(program)) {
            return program;
        }
    }
    return {};
}

Keys keys_of(const Inventory& inventory, const std::string& dpkg_status, const std::string& node) {
    Keys keys;
    keys["machine"] = inventory.base.machine;
    keys["libc"] = inventory.base.libc;
    keys["release"] = inventory.base.os + ' ' + inventory.base.os_version;
    keys["apt"] = dpkg_status;
    add_pythons(inventory, keys);
    add_condas(inventory, keys);
    add_nodes(inventory, node, keys);
    add_others(inventory, keys);
    std::erase_if(keys, [](const auto& entry) {
        return entry.second.empty() && !entry.first.starts_with("interpreter ");
    });
    return keys;
}

Fit fits(const Keys& then, const Keys& now, Domain domain, std::string_view place) {
    switch (domain) {
        case Domain::python:
            return fits_python(then, now, std::string(place));
        case Domain::conda:
            return fits_conda(then, now, std::string(place));
        case Domain::apt:
            return value_of(then, "apt") == value_of(now, "apt") && now.contains("apt")
                       ? Fit{}
                       : no("the image's packages are others than then");
        case Domain::npm:
            return fits_npm(then, now, "npm " + std::string(place));
        case Domain::lab:
            return fits_equal(value_of(then, "lab"), value_of(now, "lab"), "JupyterLab");
        case Domain::r:
            return fits_equal(value_of(then, "r"), value_of(now, "r"), "libraries of");
        case Domain::tool:
        case Domain::cargo:
            return fits_machine(then, now);
        case Domain::kernel:
        case Domain::code:
        case Domain::model:
            return {};
    }
    return {};
}

}  // namespace envkeep::packages
