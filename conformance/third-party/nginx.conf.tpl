# As nginx's own documentation has it for streams: buffering off, HTTP/1.1 and kept connections to the upstream.
daemon off;
worker_processes 1;
pid {{DIR}}/nginx.pid;
error_log stderr crit;
events {}
http {
  access_log off;
  client_body_temp_path {{DIR}}/body;
  proxy_temp_path {{DIR}}/proxy;
  fastcgi_temp_path {{DIR}}/fastcgi;
  uwsgi_temp_path {{DIR}}/uwsgi;
  scgi_temp_path {{DIR}}/scgi;
  upstream api {
    server {{STOPBIT_UPSTREAM_HOST}}:{{STOPBIT_UPSTREAM_PORT}};
    keepalive 16;
  }
  server {
    listen {{STOPBIT_LISTEN_HOST}}:{{STOPBIT_LISTEN_PORT}};
    keepalive_timeout {{STOPBIT_LISTENER_KEEPALIVE_MS}}ms;
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_connect_timeout {{STOPBIT_CONNECT_TIMEOUT_MS}}ms;
      proxy_read_timeout {{STOPBIT_IDLE_TIMEOUT_MS}}ms;
    }
  }
}
