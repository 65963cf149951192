// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "packages/metadata.hpp"
#include "packages/readers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::uint64_t largest_fact = 1U << 20U;
constexpr std::uint64_t largest_library = std::uint64_t{16} << 20U;

// The value of NAME=value in os-release, without quotes.
std::string os_field(std::string_view text, std::string_view field) {
    for (const std::string_view line : lines_of(text)) {
        if (line.size() > field.size() && line.starts_with(field) && line[field.size()] == '=') {
            std::string_view value = trimmed(line.substr(field.size() + 1));
            if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                value.back() == value.front()) {
                value = value.substr(1, value.size() - 2);
            }
            return std::string(value);
        }
    }
    return {};
}

void take_system(Taking& taking) {
    Base& base = taking.inventory().base;
    auto text = taking.machine().read_fact("/etc/os-release", largest_fact);
    if (!text) {
        text = taking.machine().read_fact("/usr/lib/os-release", largest_fact);
    }
    if (text) {
        base.os = os_field(*text, "ID");
        base.os_version = os_field(*text, "VERSION_ID");
    }
    base.fingerprint = taking.options().fingerprint;
}

// "2.31" of "libc-2.31.so", as glibc was installed before 2.34.
std::string version_in_file_name(std::string_view name) {
    if (!name.starts_with("libc-") || !name.ends_with(".so")) {
        return {};
    }
    return std::string(name.substr(5, name.size() - 8));
}

void take_glibc(Taking& taking, const std::string& file) {
    Base& base = taking.inventory().base;
    std::string version = version_in_file_name(name_of(file));
    if (version.empty()) {
        const Package about{.domain = Domain::apt, .name = "libc.so.6"};
        const std::string library =
            taking.read(file, largest_library, about).value_or(std::string{});
        version = libc_version_in(library);
        base.machine = machine_in_elf(library);
    } else {
        base.machine = machine_in_elf(taking.head(file, 64));
    }
    base.libc = version.empty() ? "" : "glibc-" + version;
}

void take_libc(Taking& taking) {
    Base& base = taking.inventory().base;
    constexpr std::array<std::string_view, 7> places{"/lib/x86_64-linux-gnu/libc.so.6",
                                                     "/lib/aarch64-linux-gnu/libc.so.6",
                                                     "/lib64/libc.so.6",
                                                     "/usr/lib64/libc.so.6",
                                                     "/lib/powerpc64le-linux-gnu/libc.so.6",
                                                     "/lib/riscv64-linux-gnu/libc.so.6",
                                                     "/lib/libc.so.6"};
    for (const std::string_view place : places) {
        if (const auto real = taking.machine().real_path(std::string(place))) {
            take_glibc(taking, *real);
            return;
        }
    }
    for (const std::string& name : taking.machine().names_in("/lib")) {
        if (name.starts_with("ld-musl-") && name.ends_with(".so.1")) {
            base.libc = "musl";
            base.machine = name.substr(8, name.size() - 13);
        }
    }
}

// "3.11" of "python3.11".
std::string minor_of(std::string_view name) {
    constexpr std::string_view prefix = "python3.";
    if (!name.starts_with(prefix) || name.size() == prefix.size() ||
        !std::ranges::all_of(name.substr(prefix.size()),
                             [](char c) { return c >= '0' && c <= '9'; })) {
        return {};
    }
    return std::string(name.substr(6));
}

// "cpython-311-x86_64-linux-gnu", as the modules of the standard library are tagged.
std::string abi_in(Taking& taking, const std::string& library) {
    for (const system::Entry& entry : taking.list(library + "/lib-dynload")) {
        const std::size_t tag = entry.name.find(".cpython-");
        if (tag != std::string::npos && entry.name.ends_with(".so")) {
            return entry.name.substr(tag + 1, entry.name.size() - tag - 4);
        }
    }
    return {};
}

void take_interpreters(Taking& taking, const Prefix& prefix) {
    const auto lib = taking.spot(prefix.spot.shown + "/lib");
    if (!lib) {
        return;
    }
    for (const std::string& name : taking.folders_in(lib->real)) {
        const std::string minor = minor_of(name);
        const std::string library = lib->real + '/' + name;
        // Folders of other versions may be left over; only the installed one has its os.py, and an
        // environment has only the program.
        if (minor.empty() || taking.status(library + "/os.py").kind == system::Kind::absent) {
            continue;
        }
        const std::string program = prefix.spot.shown + "/bin/" + name;
        if (taking.machine().exists(program)) {
            taking.inventory().base.runtimes.push_back({.language = "python",
                                                        .path = program,
                                                        .version = minor,
                                                        .abi = abi_in(taking, library)});
        }
    }
}

// The interpreter that an environment borrows, by its pyvenv.cfg.
void take_environment(Taking& taking, const Prefix& prefix) {
    const std::string text = taking.head(prefix.spot.real + "/pyvenv.cfg", 16U << 10U);
    for (const std::string_view line : lines_of(text)) {
        const std::size_t equals = line.find('=');
        const std::string_view key = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || (key != "version" && key != "version_info")) {
            continue;
        }
        const std::vector<std::string_view> parts = split(trimmed(line.substr(equals + 1)), '.');
        if (parts.size() >= 2) {
            taking.inventory().base.runtimes.push_back(
                {.language = "python",
                 .path = prefix.spot.shown + "/bin/python",
                 .version = std::string(parts[0]) + '.' + std::string(parts[1]),
                 .abi = {}});
        }
        return;
    }
}

// The number behind "#define NAME"; a header may define a name as another one before.
std::string defined(std::string_view header, std::string_view name) {
    const std::string wanted = "#define " + std::string(name) + ' ';
    for (std::size_t at = header.find(wanted); at != std::string_view::npos;
         at = header.find(wanted, at + 1)) {
        const std::string_view rest = trimmed(header.substr(at + wanted.size(), 32));
        const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789"));
        if (!digits.empty()) {
            return std::string(digits);
        }
    }
    return {};
}

void take_node(Taking& taking, const Spot& prefix) {
    const std::vector<Runtime>& known = taking.inventory().base.runtimes;
    const std::string program = prefix.shown + "/bin/node";
    if (!taking.machine().exists(program) ||
        std::ranges::find(known, program, &Runtime::path) != known.end()) {
        return;
    }
    const std::string header =
        taking.head(prefix.real + "/include/node/node_version.h", 64U << 10U);
    const std::string major = defined(header, "NODE_MAJOR_VERSION");
    std::string version;
    if (!major.empty()) {
        version = major + '.' + defined(header, "NODE_MINOR_VERSION") + '.' +
                  defined(header, "NODE_PATCH_VERSION");
    }
    taking.inventory().base.runtimes.push_back({.language = "node",
                                                .path = program,
                                                .version = version,
                                                .abi = defined(header, "NODE_MODULE_VERSION")});
}

// A Node.js that was unpacked somewhere and put into PATH.
void take_node_on_path(Taking& taking) {
    constexpr std::string_view programs = "/bin";
    const std::string path = taking.machine().variable("PATH").value_or(std::string());
    for (const std::string_view folder : split(path, ':')) {
        if (folder.ends_with(programs) && folder.size() > programs.size()) {
            const std::string prefix(folder.substr(0, folder.size() - programs.size()));
            if (const auto spot = taking.spot(prefix)) {
                take_node(taking, *spot);
            }
        }
    }
}

void take_nvm(Taking& taking) {
    const std::string versions = taking.options().home + "/.nvm/versions/node";
    if (const auto folder = taking.spot(versions)) {
        for (const std::string& name : taking.folders_in(folder->real)) {
            take_node(taking, folder->child(name));
        }
    }
}

}  // namespace

std::string libc_version_in(std::string_view library) {
    constexpr std::string_view banner = "GNU C Library ";
    constexpr std::string_view before = "release version ";
    const std::size_t start = library.find(banner);
    if (start == std::string_view::npos) {
        return {};
    }
    const std::string_view line = library.substr(start, 256);
    const std::size_t at = line.find(before);
    if (at == std::string_view::npos) {
        return {};
    }
    std::string_view version = line.substr(at + before.size());
    version = version.substr(0, version.find_first_not_of("0123456789."));
    if (version.ends_with('.')) {
        version.remove_suffix(1);
    }
    return std::string(version);
}

std::string machine_in_elf(std::string_view head) {
    constexpr std::string_view magic =
        "\x7f"
        "ELF";
    if (head.size() < 20 || !head.starts_with(magic)) {
        return {};
    }
    const bool is_little = head[5] == 1;
    const auto low = static_cast<unsigned char>(head[is_little ? 18 : 19]);
    const auto high = static_cast<unsigned char>(head[is_little ? 19 : 18]);
    switch ((high << 8) | low) {
        case 3:
            return "i686";
        case 21:
            return is_little ? "ppc64le" : "ppc64";
        case 40:
            return "armv7l";
        case 62:
            return "x86_64";
        case 183:
            return "aarch64";
        case 243:
            return "riscv64";
        default:
            return {};
    }
}

void take_base(Taking& taking, const std::vector<Prefix>& prefixes) {
    take_system(taking);
    take_libc(taking);
    for (const Prefix& prefix : prefixes) {
        if (prefix.kind == PrefixKind::environment) {
            take_environment(taking, prefix);
        } else if (prefix.kind != PrefixKind::tool) {
            take_interpreters(taking, prefix);
            take_node(taking, prefix.spot);
        }
    }
    take_nvm(taking);
    take_node_on_path(taking);
    std::ranges::sort(taking.inventory().base.runtimes);
}

}  // namespace envkeep::packages
