// SPDX-License-Identifier: MIT
#include "cli/facts_json.hpp"
#include "cli/render_json.hpp"
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"

#include <map>
#include <string>

namespace envkeep::cli {
namespace {

std::string pinned(const python::Distribution& distribution) {
    const std::string release = distribution.name + "==" + distribution.version;
    return distribution.build.empty() ? release : release + "=" + distribution.build;
}

Json release_json(const python::Distribution& distribution) {
    return json_bytes(pinned(distribution));
}

// By folder, in the order of sys.path.
Json packages_json(const std::vector<python::Distribution>& distributions) {
    Json folders = Json::array();
    for (std::size_t i = 0; i < distributions.size();) {
        const std::string& folder = distributions[i].folder;
        Json installed = Json::array();
        for (; i < distributions.size() && distributions[i].folder == folder; ++i) {
            installed.add(release_json(distributions[i]));
        }
        folders.add(
            Json().set("folder", json_bytes(folder)).set("installed", std::move(installed)));
    }
    return folders;
}

Json distribution_json(const python::Distribution& distribution) {
    return Json()
        .set("release", release_json(distribution))
        .set("kind", python::word_of(distribution.kind))
        .set("path", json_bytes(distribution.path));
}

Json requirement_json(const python::Requirement& requirement) {
    const auto& [name, specifier, marker] = requirement;
    return json_bytes(marker.empty() ? name + specifier : name + specifier + "; " + marker);
}

Json record_json(const python::RecordCheck& check) {
    const auto& [checked, missing, other_size, examples, is_cut_short] = check;
    return Json()
        .set("checked", checked)
        .set("missing", missing)
        .set("other_size", other_size)
        .set("examples", paths_json(examples))
        .set("cut_short", is_cut_short);
}

Json foreign_json(const python::ForeignExtension& extension) {
    const auto& [path, tag] = extension;
    return Json().set("path", json_bytes(path)).set("tag", json_bytes(tag));
}

Json copy_json(const gpu::Framework& copy) {
    return Json()
        .set("version", json_bytes(copy.version))
        .set("path", json_bytes(copy.module.path));
}

Json framework_json(const gpu::Framework& framework) {
    const auto& [name,
                 module,
                 entry,
                 version,
                 has_cuda,
                 cuda,
                 rocm,
                 cudnn,
                 code,
                 cuda_libraries,
                 installed,
                 requirements,
                 record,
                 unusable,
                 other] = framework;
    return Json()
        .set("name", name)
        .set("version", json_bytes(version))
        .set("path", json_bytes(module.path))
        .set("kind", python::word_of(module.kind))
        .set("found_in", python::word_of(entry.kind))
        .set("cuda", has_cuda ? Json(json_bytes(cuda)) : Json())
        .set("rocm", json_bytes(rocm))
        .set("cudnn", json_bytes(cudnn))
        .set("code", paths_json(code))
        .set("cuda_libraries", paths_json(cuda_libraries))
        .set("installed", or_null(installed, distribution_json))
        .set("requirements", list_of(requirements, requirement_json))
        .set("record", or_null(record, record_json))
        .set("unusable", list_of(unusable, foreign_json))
        .set("hidden", list_of(other, copy_json));
}

Json virtual_json(const python::VirtualConfig& config) {
    const auto& [path, home, version, has_system_site, is_of_uv] = config;
    return Json()
        .set("path", json_bytes(path))
        .set("home", json_bytes(home))
        .set("version", json_bytes(version))
        .set("system_site", has_system_site)
        .set("of_uv", is_of_uv);
}

Json fault_json(const python::Fault& fault) {
    return python::word_of(fault);
}

Json environment_json(const python::Environment& environment) {
    return Json()
        .set("program", json_bytes(environment.program))
        .set("real_program", json_bytes(environment.real_program))
        .set("version", json_bytes(environment.version + environment.abi_flags))
        .set("prefix", json_bytes(environment.prefix))
        .set("base_prefix", json_bytes(environment.base_prefix))
        .set("build", python::word_of(environment.build))
        .set("virtual", or_null(environment.virtual_config, virtual_json))
        .set("faults", list_of(environment.faults, fault_json));
}

Json found_json(const python::FoundEnvironment& found) {
    return environment_json(found.environment).set("because", json_bytes(found.because));
}

Json path_entry_json(const python::PathEntry& entry) {
    return Json()
        .set("folder", json_bytes(entry.folder))
        .set("kind", python::word_of(entry.kind))
        .set("path_file", json_bytes(entry.path_file))
        .set("line", std::int64_t{entry.line});
}

Json code_line_json(const python::CodeLine& code) {
    const auto& [path_file, line, text] = code;
    return Json()
        .set("path_file", json_bytes(path_file))
        .set("line", std::int64_t{line})
        .set("text", printable(text));
}

Json foreign_package_json(const gpu::ForeignPackage& package) {
    const auto& [name, entry, file, hides_another] = package;
    return Json()
        .set("name", json_bytes(name))
        .set("folder", json_bytes(entry.folder))
        .set("path", json_bytes(file.path))
        .set("tag", json_bytes(file.tag))
        .set("hides_another", hides_another);
}

Json damaged_json(const gpu::DamagedPackage& package) {
    const auto& [distribution, check, has_no_record] = package;
    return distribution_json(distribution)
        .set("record", record_json(check))
        .set("has_no_record", has_no_record);
}

Json local_json(const gpu::LocalModule& module) {
    const auto& [name, local, hidden, is_of_project, is_incomplete] = module;
    return Json()
        .set("name", json_bytes(name))
        .set("path", json_bytes(local.path))
        .set("hides", json_bytes(hidden.path))
        .set("of_project", is_of_project)
        .set("incomplete", is_incomplete);
}

Json dependent_json(const gpu::Dependent& dependent) {
    const auto& [distribution, requirements] = dependent;
    return distribution_json(distribution)
        .set("requirements", list_of(requirements, requirement_json));
}

Json notebook_json(const gpu::NotebookPython& notebook) {
    const auto& [kernels,
                 pid,
                 environment,
                 launch,
                 path,
                 is_externally_managed,
                 installer,
                 distributions,
                 leftovers,
                 frameworks,
                 unseen,
                 unseen_folder,
                 foreign,
                 damaged,
                 local,
                 dependents,
                 libraries,
                 tools] = notebook;
    const auto& [entries, code, unread] = path;
    // Of `launch` its arguments and variables may hold secrets: `kernels` has those of kernelspecs.
    return Json()
        .set("kernels", paths_json(kernels))
        .set("pid", std::int64_t{pid})
        .set("working_folder", json_bytes(launch.working_folder))
        .set("environment", environment_json(environment))
        .set("externally_managed", is_externally_managed)
        .set("installer",
             Json()
                 .set("kind", gpu::word_of(installer.kind))
                 .set("program", json_bytes(installer.program))
                 .set("conda", json_bytes(installer.conda)))
        .set("sys_path", list_of(entries, path_entry_json))
        .set("code_in_path_files", list_of(code, code_line_json))
        .set("unread_path_files", paths_json(unread))
        .set("packages", packages_json(distributions))
        .set("leftovers", paths_json(leftovers))
        .set("frameworks", list_of(frameworks, framework_json))
        .set("unseen_folder", json_bytes(unseen_folder))
        .set("unseen", list_of(unseen, release_json))
        .set("foreign", list_of(foreign, foreign_package_json))
        .set("damaged", list_of(damaged, damaged_json))
        .set("local", list_of(local, local_json))
        .set("dependents", list_of(dependents, dependent_json))
        .set("libraries", json_of(libraries))
        .set("tools", json_of(tools));
}

// What follows the name of a secret is one: the output's masks see a word at a time.
Json arguments_json(const std::vector<std::string>& arguments) {
    Json json = Json::array();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool is_secret =
            i > 0 && arguments[i - 1].starts_with('-') && is_secret_name(arguments[i - 1]);
        json.add(is_secret ? std::string("***") : json_bytes(arguments[i]));
    }
    return json;
}

Json assignments_json(const std::map<std::string, std::string>& variables) {
    Json json = Json::array();
    for (const auto& [name, value] : variables) {
        std::string assignment = name + '=';
        assignment += is_secret_name(name) ? "***" : value;
        json.add(json_bytes(assignment));
    }
    return json;
}

Json kernel_json(const python::Kernel& kernel) {
    const auto& [name,
                 folder,
                 display_name,
                 language,
                 arguments,
                 variables,
                 program,
                 is_native,
                 is_servers_own,
                 wins,
                 is_readable] = kernel;
    return Json()
        .set("name", json_bytes(name))
        .set("display_name", json_bytes(display_name))
        .set("language", json_bytes(language))
        .set("folder", json_bytes(folder))
        .set("program", json_bytes(program))
        .set("arguments", arguments_json(arguments))
        .set("variables", assignments_json(variables))
        .set("native", is_native)
        .set("servers_own", is_servers_own)
        .set("wins", wins)
        .set("readable", is_readable);
}

Json server_json(const python::Server& server) {
    return Json()
        .set("because", json_bytes(server.because))
        .set("uid", std::int64_t{server.uid})
        .set("environment", environment_json(server.environment));
}

Json left_json(const gpu::LeftPackages& left) {
    const auto& [folder, version, environment, wanted] = left;
    return Json()
        .set("folder", json_bytes(folder))
        .set("version", json_bytes(version))
        .set("environment", json_bytes(environment))
        .set("wanted", paths_json(wanted));
}

Json script_json(const python::Script& script) {
    const auto& [path, shebang] = script;
    return Json()
        .set("path", json_bytes(path))
        .set("interpreter", json_bytes(shebang.interpreter))
        .set("argument", json_bytes(shebang.argument));
}

Json dead_json(const gpu::DeadScript& dead) {
    const auto& [script, hides] = dead;
    return script_json(script).set("hides", json_bytes(hides));
}

Json terminal_json(const gpu::Terminal& terminal) {
    const auto& [python, pip, pips] = terminal;
    return Json()
        .set("python", or_null(python, environment_json))
        .set("pip", or_null(pip, script_json))
        .set("pip_installs_for", or_null(pips, environment_json));
}

}  // namespace

Json json_of(const gpu::PythonFacts& facts) {
    const auto& [server,
                 kernels,
                 notebooks,
                 environments,
                 searched_all,
                 not_looked_into,
                 missing_programs,
                 left,
                 dead_scripts,
                 terminal] = facts;
    const auto& [found, not_searched] = environments;
    return Json()
        .set("server", or_null(server, server_json))
        .set("notebooks", list_of(notebooks, notebook_json))
        .set("kernels", list_of(kernels, kernel_json))
        .set("environments", list_of(found, found_json))
        .set("searched_all", searched_all)
        .set("not_searched", paths_json(not_searched))
        .set("not_looked_into", json_of(not_looked_into))
        .set("missing_programs", paths_json(missing_programs))
        .set("left", list_of(left, left_json))
        .set("dead_scripts", list_of(dead_scripts, dead_json))
        .set("terminal", terminal_json(terminal));
}

}  // namespace envkeep::cli
