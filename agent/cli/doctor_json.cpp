// SPDX-License-Identifier: MIT
#include "cli/facts_json.hpp"
#include "cli/render_doctor.hpp"
#include "cli/render_json.hpp"
#include "cli/render_probe.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::cli {
namespace {

Json version_json(const gpu::Version& version) {
    return version.text();
}

Json text_json(const std::string& text) {
    return json_bytes(text);
}

Json bytes_json(const std::uint64_t& number) {
    return number;
}

Json number_json(const unsigned& number) {
    return std::int64_t{number};
}

Json card_json(const gpu::PciCard& card) {
    const auto& [address, device, driver, is_off_bus] = card;
    return Json()
        .set("address", json_bytes(address))
        .set("device", fmt::format("{:04x}", device))
        .set("driver", json_bytes(driver))
        .set("off_bus", is_off_bus);
}

Json pci_json(const gpu::PciFacts& pci) {
    const auto& [is_readable, cards, switches, lost] = pci;
    return Json()
        .set("readable", is_readable)
        .set("cards", list_of(cards, card_json))
        .set("switches", paths_json(switches))
        .set("lost", paths_json(lost));
}

Json information_json(const gpu::CardInformation& card) {
    const auto& [address, model, uuid, minor] = card;
    return Json()
        .set("address", json_bytes(address))
        .set("model", json_bytes(model))
        .set("uuid", json_bytes(uuid))
        .set("minor", or_null(minor, number_json));
}

Json driver_json(const gpu::KernelDriver& driver) {
    const auto& [loaded,
                 told,
                 is_module_present,
                 is_open,
                 is_proc_a_copy,
                 knows_majors,
                 majors,
                 is_uvm_loaded,
                 is_made_on_demand,
                 disables_hmm,
                 cards] = driver;
    Json numbers = Json::object();
    for (const auto& [name, major] : majors) {
        if (name.starts_with("nvidia")) {
            numbers.set(json_bytes(name), std::int64_t{major});
        }
    }
    return Json()
        .set("loaded", or_null(loaded, version_json))
        .set("told", or_null(told, version_json))
        .set("module_present", is_module_present)
        .set("open_modules", is_open)
        .set("told_is_a_copy", is_proc_a_copy)
        .set("uvm_loaded", is_uvm_loaded)
        .set("uvm_disables_hmm", json_bytes(disables_hmm))
        .set("made_on_demand", is_made_on_demand)
        .set("majors_known", knows_majors)
        .set("majors", std::move(numbers))
        .set("cards", list_of(cards, information_json));
}

Json node_json(const gpu::DeviceNode& node) {
    const auto& [path, is_device, major, minor, mode, uid, gid, access_error] = node;
    return Json()
        .set("path", json_bytes(path))
        .set("device", is_device)
        .set("major", std::int64_t{major})
        .set("minor", std::int64_t{minor})
        .set("mode", octal(mode))
        .set("uid", std::int64_t{uid})
        .set("gid", std::int64_t{gid})
        .set("access_error", access_error);
}

Json nodes_json(const gpu::NodeFacts& nodes) {
    const auto& [cards, control, uvm, has_dxg, missing_capabilities] = nodes;
    return Json()
        .set("control", or_null(control, node_json))
        .set("uvm", or_null(uvm, node_json))
        .set("cards", list_of(cards, node_json))
        .set("missing_capabilities", paths_json(missing_capabilities))
        .set("dxg", has_dxg);
}

Json container_json(const gpu::ContainerFacts& container) {
    const auto& [knows_wishes,
                 visible_devices,
                 driver_capabilities,
                 requirements,
                 mounted,
                 is_gvisor,
                 is_wsl,
                 preloaded] = container;
    return Json()
        .set("wishes_known", knows_wishes)
        .set("visible_devices", or_null(visible_devices, text_json))
        .set("driver_capabilities", or_null(driver_capabilities, text_json))
        .set("requirements", paths_json(requirements))
        .set("mounted", paths_json(mounted))
        .set("preloaded", paths_json(preloaded))
        .set("gvisor", is_gvisor)
        .set("wsl", is_wsl);
}

Json forward_json(const gpu::ForwardCompatibility& forward) {
    const auto& [cuda, branches] = forward;
    return Json().set("cuda", json_bytes(cuda)).set("branches", list_of(branches, number_json));
}

Json library_json(const gpu::DriverLibrary& library) {
    const auto& [soname,
                 found,
                 version,
                 is_mounted,
                 is_stub,
                 is_compat,
                 forward,
                 owner,
                 unused,
                 unlisted_folder] = library;
    return Json()
        .set("soname", soname)
        .set("path", found ? Json(json_bytes(found->real)) : Json())
        .set("found_at", found ? Json(json_bytes(found->path)) : Json())
        .set("found_by", found ? Json(gpu::word_of(found->how)) : Json())
        .set("because", found ? Json(json_bytes(found->because)) : Json())
        .set("version", or_null(version, version_json))
        .set("mounted", is_mounted)
        .set("stub", is_stub)
        .set("compat", is_compat)
        .set("forward", or_null(forward, forward_json))
        .set("owner", json_bytes(owner))
        .set("unused", paths_json(unused))
        .set("unlisted_folder", json_bytes(unlisted_folder));
}

Json process_json(const gpu::NotebookProcess& notebook) {
    // Its arguments may hold secrets, and are not shown.
    const auto& [pid, what, variables, folder, arguments] = notebook;
    Json values = Json::object();
    for (const auto& [name, value] : variables) {
        values.set(json_bytes(name), json_bytes(value));
    }
    return Json()
        .set("pid", std::int64_t{pid})
        .set("what", what)
        .set("folder", json_bytes(folder))
        .set("variables", std::move(values));
}

Json export_json(const gpu::ShellExport& one) {
    const auto& [file, line, name, value] = one;
    return Json()
        .set("file", json_bytes(file))
        .set("line", std::int64_t{line})
        .set("name", json_bytes(name))
        .set("value", json_bytes(value));
}

Json mps_json(const gpu::MpsPipe& mps) {
    const auto& [folder, has_control, runs_here, is_mounted] = mps;
    return Json()
        .set("folder", json_bytes(folder))
        .set("control", has_control)
        .set("runs_here", runs_here)
        .set("mounted", is_mounted);
}

Json disk_json(const gpu::Disk& disk) {
    const auto& [path, total, free, free_inodes] = disk;
    return Json()
        .set("path", json_bytes(path))
        .set("total_bytes", total)
        .set("free_bytes", free)
        .set("free_inodes", free_inodes);
}

Json code_cache_json(const gpu::CodeCache& cache) {
    const auto& [folder, standing, access_error, open_mode, disk] = cache;
    return Json()
        .set("folder", json_bytes(folder))
        .set("standing", json_bytes(standing))
        .set("access_error", access_error)
        .set("open_mode", open_mode == 0 ? std::string() : fmt::format("{:04o}", open_mode))
        .set("disk", or_null(disk, disk_json));
}

Json holder_json(const gpu::Holder& holder) {
    const auto& [pid, name, state, is_kernel, forked_from, is_orphan, jax_percent, uses_deleted] =
        holder;
    return Json()
        .set("pid", std::int64_t{pid})
        .set("name", json_bytes(name))
        .set("state", json_bytes(std::string(1, state)))
        .set("kernel", is_kernel)
        .set("forked_from", std::int64_t{forked_from})
        .set("orphan", is_orphan)
        .set("jax_percent", std::int64_t{jax_percent})
        .set("uses_deleted_torch", uses_deleted);
}

Json resources_json(const gpu::Resources& resources) {
    const auto& [address_space,
                 locked_memory,
                 memory_limit,
                 memory_used,
                 killed_for_memory,
                 process_limit,
                 processes,
                 map_limit,
                 maps,
                 stale_torch,
                 shared_memory,
                 disks,
                 holders] = resources;
    return Json()
        .set("address_space_bytes", or_null(address_space, bytes_json))
        .set("locked_memory_bytes", or_null(locked_memory, bytes_json))
        .set("memory_limit_bytes", or_null(memory_limit, bytes_json))
        .set("memory_used_bytes", or_null(memory_used, bytes_json))
        .set("killed_for_memory", killed_for_memory)
        .set("process_limit", or_null(process_limit, bytes_json))
        .set("processes", or_null(processes, bytes_json))
        .set("map_limit", or_null(map_limit, bytes_json))
        .set("maps", maps)
        .set("stale_torch", json_bytes(stale_torch))
        .set("shared_memory", or_null(shared_memory, disk_json))
        .set("disks", list_of(disks, disk_json))
        .set("holders", list_of(holders, holder_json));
}

}  // namespace

Json json_of(const gpu::Facts& facts) {
    const auto& [pci,
                 driver,
                 nodes,
                 container,
                 notebook,
                 is_root,
                 variable_folders,
                 has_glibc_loader,
                 libcuda,
                 libnvidia_ml,
                 ptx_compiler,
                 python,
                 shell_exports,
                 mps,
                 code_cache,
                 resources,
                 probe] = facts;
    return Json()
        .set("pci", pci_json(pci))
        .set("driver", driver_json(driver))
        .set("nodes", nodes_json(nodes))
        .set("container", container_json(container))
        .set("notebook", process_json(notebook))
        .set("root", is_root)
        .set("library_folders", paths_json(variable_folders))
        .set("glibc_loader", has_glibc_loader)
        .set("libcuda", library_json(libcuda))
        .set("libnvidia_ml", library_json(libnvidia_ml))
        .set("ptx_compiler", library_json(ptx_compiler))
        .set("python", json_of(python))
        .set("shell_exports", list_of(shell_exports, export_json))
        .set("mps", mps_json(mps))
        .set("code_cache", code_cache_json(code_cache))
        .set("resources", resources_json(resources))
        .set("probe", probe ? json_of(*probe) : Json());
}

Json stages_json(const std::vector<gpu::Stage>& stages) {
    Json json = Json::array();
    for (const gpu::Stage stage : stages) {
        json.add(gpu::word_of(stage));
    }
    return json;
}

}  // namespace envkeep::cli
